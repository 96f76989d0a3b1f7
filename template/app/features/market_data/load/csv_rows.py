"""Reading candles from CSV, row by row: a file of any size needs the same little memory."""

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
from app.features.market_data.service.candle_imports import find_fault

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("ticker", "symbol"),
    "open_time": ("date", "open time"),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "volume": ("volume",),
}
"""The columns that a file needs, each with the names that it may have."""

MAX_LINE_LENGTH = 1_000_000
MAX_SHOWN = 40
_GZIP = b"\x1f\x8b"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class FileRefused(Exception):
    """The file as a whole cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row with a candle in it, and the line where it ends."""

    line: int
    candle: CandleIn


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be loaded, the line where it ends, and why."""

    line: int
    reason: str


@contextmanager
def open_csv(name: str) -> Iterator[tuple[BufferedReader, TextIO]]:
    """Open a CSV file, compressed by gzip or not.

    Args:
        name: Its path, or `-` for standard input.

    Yields:
        The file as it lies on the disk, to see how far it has been read, and its text.
    """
    with ExitStack() as opened:
        stdin = cast("BufferedReader", sys.stdin.buffer)
        raw = stdin if name == "-" else opened.enter_context(Path(name).open("rb"))
        is_compressed = raw.peek(len(_GZIP)).startswith(_GZIP)
        content = opened.enter_context(GzipFile(fileobj=raw)) if is_compressed else raw
        # What is not UTF-8 becomes a replacement mark, so that it spoils one row and not the file.
        yield raw, TextIOWrapper(content, "utf-8-sig", errors="replace", newline="")


def read_rows(text: TextIO, *, interval: Interval) -> Iterator[GoodRow | BadRow]:
    """Yield what each row of a file holds; blank lines are skipped.

    Args:
        text: The file.
        interval: The interval of its candles.

    Raises:
        FileRefused: It is empty, damaged, or lacks a column.
    """
    reader = csv.reader(iter(partial(text.readline, MAX_LINE_LENGTH), ""))
    try:
        header = Header(next(reader, []))
        while (fields := _next_fields(reader)) is not None:
            if fields:
                yield _read_row(reader.line_num, fields, header, interval)
    except (EOFError, OSError, zlib.error, csv.Error) as error:
        message = f"it is damaged after line {reader.line_num}: {error}"
        raise FileRefused(message) from error


class Header:
    """The first line of a file, which says what lies where."""

    def __init__(self, names: Sequence[str]) -> None:
        """Find the columns, whatever their order and case; those that nobody needs do no harm.

        Raises:
            FileRefused: A column is missing, or there is more than one of them.
        """
        if not names:
            message = "it is empty"
            raise FileRefused(message)
        self.width = len(names)
        known = [name.strip().lower().replace("_", " ") for name in names]
        self.positions = {field: _position(known, COLUMNS[field]) for field in COLUMNS}

    def values(self, fields: Sequence[str]) -> dict[str, str]:
        """Return the fields of a row by the names that a candle has for them."""
        return {name: fields[position].strip() for name, position in self.positions.items()}


def _position(names: Sequence[str], wanted: Sequence[str]) -> int:
    positions = [position for position, name in enumerate(names) if name in wanted]
    if len(positions) == 1:
        return positions[0]
    column = " or ".join(name.title() for name in wanted)
    if positions:
        message = f"it has more than one column {column}; keep one of them"
    else:
        message = f"it has no column {column}; its first line must name the columns, in UTF-8"
    raise FileRefused(message)


def _next_fields(reader: Iterator[list[str]]) -> list[str] | csv.Error | None:
    """Return the next row, what is wrong with it, or `None` at the end."""
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
        return BadRow(line, f"it has {len(fields)} fields, and the first line {header.width}")
    values = header.values(fields)
    if _DATE.fullmatch(values["open_time"]):
        values["open_time"] += "T00:00:00Z"
    try:
        candle = CandleIn.model_validate({**values, "interval": interval})
    except ValidationError as error:
        return BadRow(line, _explain(error, values))
    fault = find_fault(candle)
    return BadRow(line, fault.message) if fault else GoodRow(line, candle)


def _explain(error: ValidationError, values: Mapping[str, str]) -> str:
    problem = error.errors(include_url=False)[0]
    name = str(problem["loc"][0])
    message = problem["msg"].removeprefix("Value error, ")
    return f"{name} is {values[name][:MAX_SHOWN]!r}: {message}"
