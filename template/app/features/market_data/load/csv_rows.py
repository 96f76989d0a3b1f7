"""Reading candles from CSV row by row, in constant memory."""

import csv
import re
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from gzip import GzipFile
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import TextIO, cast

from pydantic import ValidationError

from app.features.market_data.intervals import Interval
from app.features.market_data.schemas import CandleIn
from app.features.market_data.service.candle_imports import check_candle

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("ticker", "symbol"),
    "open_time": ("date", "open time"),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "volume": ("volume",),
}
"""The required columns, each with the names that it may have in the file."""

MAX_LINE_LENGTH = 1_000_000
MAX_SHOWN = 40
_GZIP = b"\x1f\x8b"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class InvalidFile(Exception):
    """The file as a whole is unreadable; the message says why."""


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row that holds a candle, with the number of its last line."""

    line: int
    candle: CandleIn


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be loaded, with the number of its last line and the reason."""

    line: int
    reason: str


@contextmanager
def open_csv(name: str) -> Iterator[tuple[BufferedReader, TextIO]]:
    """Open a CSV file, plain or compressed by gzip.

    Args:
        name: The path, or `-` for standard input.

    Yields:
        The file as stored on disk, for the progress, and its text.
    """
    with ExitStack() as opened:
        stdin = cast("BufferedReader", sys.stdin.buffer)
        raw = stdin if name == "-" else opened.enter_context(Path(name).open("rb"))
        is_compressed = raw.peek(len(_GZIP)).startswith(_GZIP)
        content = opened.enter_context(GzipFile(fileobj=raw)) if is_compressed else raw
        # Bytes that are not UTF-8 become replacement characters, so they make one row bad.
        yield raw, TextIOWrapper(content, "utf-8-sig", errors="replace", newline="")


def read_rows(text: TextIO, *, interval: Interval) -> Iterator[GoodRow | BadRow]:
    """Yield the rows of a file; blank lines are skipped.

    Args:
        text: The text of the file.
        interval: The interval of the candles.

    Raises:
        InvalidFile: The file is empty or corrupt, or lacks a column.
    """
    reader = csv.reader(iter(partial(text.readline, MAX_LINE_LENGTH), ""))
    try:
        header = Header(next(reader, []))
        while (fields := _next_fields(reader)) is not None:
            if fields:
                yield _read_row(reader.line_num, fields, header, interval)
    except (EOFError, OSError, zlib.error, csv.Error) as error:
        message = f"the file is corrupt after line {reader.line_num}: {error}"
        raise InvalidFile(message) from error


class Header:
    """The first line of a file, which maps the columns to positions."""

    def __init__(self, names: Sequence[str]) -> None:
        """Find the required columns, in any order and case; other columns are ignored.

        Raises:
            InvalidFile: A required column is missing, or occurs more than once.
        """
        if not names:
            message = "the file is empty"
            raise InvalidFile(message)
        self.width = len(names)
        known = [name.strip().lower().replace("_", " ") for name in names]
        self.positions = {field: _position(known, COLUMNS[field]) for field in COLUMNS}

    def values(self, fields: Sequence[str]) -> dict[str, str]:
        """Return the fields of a row by the names of the candle's fields."""
        return {name: fields[position].strip() for name, position in self.positions.items()}


def _position(names: Sequence[str], wanted: Sequence[str]) -> int:
    positions = [position for position, name in enumerate(names) if name in wanted]
    if len(positions) == 1:
        return positions[0]
    column = " or ".join(name.title() for name in wanted)
    if positions:
        message = f"more than one column is named {column}; keep one of them"
    else:
        message = f"no column is named {column}; name the columns in the first line, in UTF-8"
    raise InvalidFile(message)


def _next_fields(reader: Iterator[list[str]]) -> list[str] | csv.Error | None:
    """Return the next row, the error of reading it, or `None` at the end."""
    try:
        return next(reader, None)
    except csv.Error as error:
        return error


def _read_row(
    line: int, fields: list[str] | csv.Error, header: Header, interval: Interval
) -> GoodRow | BadRow:
    if isinstance(fields, csv.Error):
        return BadRow(line, str(fields))
    if len(fields) != header.width:
        return BadRow(line, f"{len(fields)} fields, but the first line has {header.width}")
    values = header.values(fields)
    if _DATE.fullmatch(values["open_time"]):
        values["open_time"] += "T00:00:00Z"
    try:
        candle = CandleIn.model_validate({**values, "interval": interval})
    except ValidationError as invalid:
        return BadRow(line, _explain(invalid, values))
    error = check_candle(candle)
    return BadRow(line, error.message) if error else GoodRow(line, candle)


def _explain(error: ValidationError, values: Mapping[str, str]) -> str:
    problem = error.errors(include_url=False)[0]
    name = str(problem["loc"][0])
    message = problem["msg"].removeprefix("Value error, ")
    return f"{name} is {values[name][:MAX_SHOWN]!r}: {message}"
