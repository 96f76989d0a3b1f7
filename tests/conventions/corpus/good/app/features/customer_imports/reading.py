"""Reading the rows of a file; everything here is pure and runs in a thread."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

COLUMNS = ("number", "name", "city")
MAX_ROWS = 50_000
MAX_CELL = 200


class UnreadableFile(Exception):
    """The file is no CSV file of customers."""


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A row with the number of its line."""

    line: int
    number: str
    name: str
    city: str


def read_rows(content: bytes) -> list[CustomerRow]:
    """Return the rows in the order of the file.

    Raises:
        UnreadableFile: The text is not UTF-8, a column is missing, or there are too many rows.
    """
    try:
        reader = csv.DictReader(StringIO(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        message = "the file is not UTF-8"
        raise UnreadableFile(message) from error
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        message = f"the first line must name {', '.join(COLUMNS)}"
        raise UnreadableFile(message)
    rows = [
        CustomerRow(line, *(row[name][:MAX_CELL] for name in COLUMNS))
        for line, row in enumerate(islice(reader, MAX_ROWS + 1), start=1)
    ]
    if len(rows) > MAX_ROWS:
        message = f"the file has more than {MAX_ROWS} rows"
        raise UnreadableFile(message)
    return rows


def in_chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` items."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
