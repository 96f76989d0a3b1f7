"""The numbers that rules compare with; a service sets its own in `[tool.conventions]`."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """One field a number: `max_function_lines` is `max-function-lines` in pyproject.toml."""

    max_function_lines: int = 100
    """A function is split when it is longer."""
