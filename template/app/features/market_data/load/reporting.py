"""The output of the command: a progress bar, and the bad rows."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable
from io import BufferedReader

from tqdm import tqdm

from app.features.market_data.load.csv_rows import BadRow, GoodRow

MAX_BAD_ROWS_SHOWN = 20
ROWS_BETWEEN_UPDATES = 1000


def print_error(line: str) -> None:
    """Print a line to standard error without breaking the progress bar."""
    tqdm.write(line, file=sys.stderr)


async def show_progress(
    rows: Iterable[GoodRow | BadRow], raw: BufferedReader
) -> AsyncIterator[GoodRow | BadRow]:
    """Yield the rows, with a progress bar if standard error is a terminal.

    Args:
        rows: The rows that are read from the file.
        raw: The file itself; its position is the progress.
    """
    size = os.fstat(raw.fileno()).st_size if raw.seekable() else None
    with tqdm(total=size, unit="B" if size else " rows", unit_scale=True, disable=None) as progress:
        for number, row in enumerate(rows, start=1):
            yield row
            if number % ROWS_BETWEEN_UPDATES == 0:
                progress.update(raw.tell() - progress.n if size else ROWS_BETWEEN_UPDATES)
                # Reading a file never suspends: here Ctrl-C and the renewal of the lock run.
                await asyncio.sleep(0)


class BadRowReporter:
    """Prints the first bad rows, and counts all of them."""

    def __init__(self) -> None:
        self.count = 0

    async def filter_good(
        self, rows: AsyncIterator[GoodRow | BadRow], *, keep_others: bool
    ) -> AsyncIterator[GoodRow]:
        """Yield the good rows.

        Args:
            rows: Good and bad rows.
            keep_others: Whether to yield the good rows after the first bad one too.
        """
        async for row in rows:
            if isinstance(row, BadRow):
                self._report(row)
            elif keep_others or not self.count:
                yield row

    def _report(self, row: BadRow) -> None:
        self.count += 1
        if self.count <= MAX_BAD_ROWS_SHOWN:
            print_error(f"line {row.line}: {row.reason}")
        elif self.count == MAX_BAD_ROWS_SHOWN + 1:
            print_error("further bad rows are counted, not shown")
