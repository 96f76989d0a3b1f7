"""Matching of lines."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from re import Pattern
from re import search as find

from sqlalchemy import Select, select

from app.features.audit_queries.models import AuditLine


@dataclass(frozen=True)
class LineFilter:
    """A filter of lines."""

    expression: str

    @cached_property
    def pattern(self) -> Pattern[str]:
        """The compiled expression."""
        return re.compile(self.expression, re.IGNORECASE)  # breach: regex-from-outside

    def matching(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the lines that match."""
        yield from filter(self.pattern.search, lines)


def contains_all(line: str, words: Iterable[str]) -> bool:
    """Return whether a line contains every word, in their order."""
    expression = ".*".join(words)
    return find(expression, line) is not None  # breach: regex-from-outside


def mask(line: str, word: str) -> str:
    """Return a line without a word that the reader named."""
    return re.sub(rf"\b{word}\b", "…", line)  # breach: regex-from-outside


def select_matching(expression: str) -> Select[AuditLine]:
    """Select the newest lines that match."""
    # breach: regex-from-outside
    statement = select(AuditLine).where(AuditLine.action.regexp_match(expression))
    return statement.order_by(AuditLine.id.desc()).limit(50)
