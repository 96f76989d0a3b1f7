"""Headers of devices."""

from typing import Annotated

from fastapi import Cookie, Depends, Header


async def get_labels(
    # breach: unbounded-header
    x_label: Annotated[list[str] | None, Header(examples=[["cold"]])] = None,
) -> list[str]:
    """Return the labels of a measurement."""
    return x_label or []


class Reporter:
    """The person who reads a device by hand."""

    def __init__(
        self,
        reporter: Annotated[str, Cookie(examples=["m-77"])] = "",  # breach: unbounded-header
    ) -> None:
        """Take the reporter's number."""
        self.number = reporter


Labels = Annotated[list[str], Depends(get_labels)]
