"""What a rule is, and what it says of the place where it is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conventions.service import Service

    Check = Callable[[Service], Iterable["Found"]]


class Severity(StrEnum):
    """How much a finding matters; the first matters most."""

    CRITICAL = "critical"
    BEST_PRACTICE = "best practice"
    PERFORMANCE = "performance"
    SUGGESTION = "suggestion"

    @property
    def option(self) -> str:
        """How it is written on the command line and in pyproject.toml."""
        return self.value.replace(" ", "-")

    def reaches(self, bar: Severity) -> bool:
        """Return whether it matters at least as much as the bar."""
        order = list(Severity)
        return order.index(self) <= order.index(bar)


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A mechanical fix: `text` in place of the source from one position to another.

    Lines and columns count from 1, columns in characters. The end is the first position that stays.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    needs_import: str | None = None
    """A line such as `from asyncio import sleep`, added where the file has it not."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a check yields: a place, and what is wrong there.

    Attributes:
        path: The file, relative to the service, with `/` between its folders.
        line: The line, counted from 1.
        message: What is wrong here, in one sentence, with the names of this place.
        column: The column, counted from 1.
        patch: How to mend it, where that needs no thought.
    """

    path: str
    line: int
    message: str
    column: int = 1
    patch: Patch | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One check of one convention, and how to explain it.

    Attributes:
        id: Its name in reports and suppressions, in kebab-case.
        keeps: The id of the convention that it holds the service to, such as `API-1`.
        severity: How much a finding matters, unless pyproject.toml says otherwise.
        why: What goes wrong in production where it is broken.
        fix: How to mend it.
        wrong: A short example that breaks it.
        right: The same, mended.
        check: Yields what it finds in a service.
    """

    id: str
    keeps: str
    severity: Severity
    why: str
    fix: str
    wrong: str
    right: str
    check: Check


def rule(
    id: str,  # noqa: A002 - what it is called everywhere
    *,
    keeps: str,
    severity: Severity,
    why: str,
    fix: str,
    wrong: str,
    right: str,
) -> Callable[[Check], Rule]:
    """Turn the function below into a rule; the arguments are those of `Rule`."""

    def decorate(check: Check) -> Rule:
        return Rule(
            id=id,
            keeps=keeps,
            severity=severity,
            why=why,
            fix=fix,
            wrong=wrong.strip("\n"),
            right=right.strip("\n"),
            check=check,
        )

    return decorate
