"""Patterns of dotted names: `*` is any characters, `{a,b}` is either of two texts."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property


class Patterns:
    """A table of names, by the word under which they are listed.

    Args:
        table: The patterns, by word.
    """

    def __init__(self, table: Mapping[str, Iterable[str]]) -> None:
        self._table = table
        self._known: dict[str, frozenset[str]] = {}

    @cached_property
    def _compiled(self) -> dict[str, re.Pattern[str]]:
        return {
            word: re.compile("|".join(f"(?:{_expression(one)})" for one in patterns))
            for word, patterns in self._table.items()
        }

    def words(self, name: str) -> frozenset[str]:
        """Return the words under which a name is listed."""
        if name not in self._known:
            found = [word for word, one in self._compiled.items() if one.fullmatch(name)]
            self._known[name] = frozenset(found)
        return self._known[name]

    def words_of(self, names: Iterable[str]) -> frozenset[str]:
        """Return the words under which one of some names is listed."""
        return frozenset[str]().union(*map(self.words, names))


def _expression(pattern: str) -> str:
    text = re.escape(pattern).replace(r"\*", ".*")
    text = text.replace(r"\{", "(?:").replace(r"\}", ")")
    return text.replace(",", "|")


def merged(*tables: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return tables as one."""
    words = {word for table in tables for word in table}
    return {word: [one for table in tables for one in table.get(word, ())] for word in words}
