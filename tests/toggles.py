"""The toggles, and the combinations of answers that the tests use."""

from collections.abc import Iterator
from itertools import product

Answers = dict[str, object]

TOGGLES = ("redis", "resend", "paddle", "blob")
NOTHING_ON = dict.fromkeys(TOGGLES, False)
EVERYTHING_ON = dict.fromkeys(TOGGLES, True)
EXAMPLE = "market_data"


def every_combination() -> Iterator[dict[str, bool]]:
    """Yield every combination of toggles, nothing on first and everything on last."""
    for states in product((False, True), repeat=len(TOGGLES)):
        yield dict(zip(TOGGLES, states, strict=True))


def state(*switched_on: str) -> Answers:
    """Return the answers that switch on these toggles and, if it is among them, the example."""
    example = EXAMPLE if EXAMPLE in switched_on else "none"
    return {"example": example, **{toggle: toggle in switched_on for toggle in TOGGLES}}


def name_of(answers: Answers) -> str:
    """Return a state as words, the name of the example first."""
    return " ".join([str(answers["example"]), *(name for name in TOGGLES if answers[name])])


# Every two of the five switches meet in all four ways. Six states are the fewest that do this.
ALL_PAIRS = (
    state(),
    state("redis", "resend", "paddle"),
    state("redis", "blob", EXAMPLE),
    state("resend", "blob"),
    state("paddle", EXAMPLE),
    state(*TOGGLES, EXAMPLE),
)
EVERY_STATE: tuple[Answers, ...] = tuple(
    {"example": example, **switched}
    for example in ("none", EXAMPLE)
    for switched in every_combination()
)
