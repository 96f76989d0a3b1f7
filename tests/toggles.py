"""The yes-or-no questions, and every way to answer them."""

from collections.abc import Iterator
from itertools import product

TOGGLES = ("redis", "resend", "paddle", "blob")
NOTHING_ON = dict.fromkeys(TOGGLES, False)
EVERYTHING_ON = dict.fromkeys(TOGGLES, True)


def every_switching() -> Iterator[dict[str, bool]]:
    """Yield every combination of toggles, nothing on first and everything on last."""
    for states in product((False, True), repeat=len(TOGGLES)):
        yield dict(zip(TOGGLES, states, strict=True))
