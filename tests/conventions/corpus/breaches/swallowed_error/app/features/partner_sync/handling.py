"""The handling of failures in the sync."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

R = TypeVar("R")
Ignorable: Final = Exception
IGNORED = (ValueError, Ignorable)


async def attempt(call: Callable[[], Awaitable[R]], *, default: R) -> R:
    """Return the result of a call, or a default when it fails."""
    try:
        return await call()
    except IGNORED:  # breach: swallowed-error
        return default


@contextlib.asynccontextmanager
async def best_effort() -> AsyncIterator[None]:
    """Run a block whose failure does not matter."""
    with contextlib.suppress(*IGNORED):  # breach: swallowed-error
        yield


class Shield:
    """A block that never fails."""

    async def __aenter__(self) -> None:
        """Begin the block."""
        return None

    async def __aexit__(self, kind: object, error: object, trace: object) -> bool:
        """End the block."""
        return True  # breach: swallowed-error
