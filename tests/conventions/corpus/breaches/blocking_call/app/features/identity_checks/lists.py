"""The sanctions lists, as files that a nightly program fetches."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


class SanctionsList:
    """A list of people, in a file of SQLite."""

    def __init__(self, path: Path) -> None:
        """Take the path of the file."""
        self._path = path

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path)) as database:
            yield database

    def __contains__(self, name: str) -> bool:
        """Return whether a name is on the list."""
        with self._opened() as database:
            found = database.execute("SELECT 1 FROM people WHERE name = ?", (name,))
            return found.fetchone() is not None


def companies_in(path: Path) -> Iterator[str]:
    """Yield the companies of a list."""
    with path.open(encoding="utf-8") as lines:
        yield from (line.strip() for line in lines)
