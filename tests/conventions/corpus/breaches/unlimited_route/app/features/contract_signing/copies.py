"""Signed copies of contracts."""

from fastapi import Request


class SignedCopy:
    """A signed copy, as it is uploaded."""

    def __init__(self, request: Request) -> None:
        """Take the request."""
        self._chunks = request.stream

    async def size(self) -> int:
        """Return the number of bytes."""
        return sum([len(chunk) async for chunk in self._chunks()])
