"""Violations as rules yield them: a place, a message, and sometimes a patch."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """The weight of a finding, the heaviest first."""

    CRITICAL = "critical"
    BEST_PRACTICE = "best practice"
    PERFORMANCE = "performance"
    SUGGESTION = "suggestion"

    @property
    def option(self) -> str:
        """The spelling on the command line and in pyproject.toml."""
        return self.value.replace(" ", "-")

    def is_at_least(self, threshold: "Severity") -> bool:
        """Return whether this is as severe as a threshold, or more."""
        order = list(Severity)
        return order.index(self) <= order.index(threshold)


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A fix: `text` replaces the source between two positions.

    Lines and columns count from 1, columns in characters. The end position is exclusive.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    needs_import: str | None = None
    """An import such as `from asyncio import sleep`, added where the file lacks it."""
    is_safe: bool = False
    """Whether the service does the same with the patch; `--fix` applies no other."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A place that breaks a rule.

    Attributes:
        path: The file, relative to the service, with `/` as separator.
        line: The line, counted from 1.
        message: One sentence that names the code at this place.
        column: The column, counted from 1.
        end_line: The line of the end; `None` if only the beginning is known.
        end_column: The column after the last character.
        patch: A fix of the code at this place.
    """

    path: str
    line: int
    message: str
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None
    patch: Patch | None = None
