"""The parsing of a carrier's nightly file."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class ScanLine(NamedTuple):
    """A line of the file."""

    barcode: str
    depot: str


def read_feed(lines: Iterable[str]) -> Iterator[ScanLine]:
    """Yield the scans of a file, which has one line a parcel of the carrier."""
    for line in lines:
        barcode, _, depot = line.strip().partition(";")
        if barcode:
            yield ScanLine(barcode, depot[:12])
