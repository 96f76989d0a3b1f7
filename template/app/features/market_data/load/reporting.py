"""What the command says: progress while it reads, bad rows as it finds them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable
from io import BufferedReader

from tqdm import tqdm

from app.features.market_data.load.csv_rows import BadRow, GoodRow

MAX_BAD_ROWS_SHOWN = 20
ROWS_BETWEEN_UPDATES = 1000


def say(line: str) -> None:
    """Write a line to standard error, without disturbing the progress bar."""
    tqdm.write(line, file=sys.stderr)


async def show_progress(
    rows: Iterable[GoodRow | BadRow], raw: BufferedReader
) -> AsyncIterator[GoodRow | BadRow]:
    """Pass rows on, with a progress bar if standard error is a terminal.

    Args:
        rows: What is read from the file.
        raw: The file itself; how far it has been read is what the bar shows.
    """
    size = os.fstat(raw.fileno()).st_size if raw.seekable() else None
    with tqdm(total=size, unit="B" if size else " rows", unit_scale=True, disable=None) as bar:
        for number, row in enumerate(rows, start=1):
            yield row
            if number % ROWS_BETWEEN_UPDATES == 0:
                bar.update(raw.tell() - bar.n if size else ROWS_BETWEEN_UPDATES)
                await asyncio.sleep(0)  # reading never waits, so this is where Ctrl-C gets in


class BadRows:
    """Tells of the first bad rows one by one, and counts them all."""

    def __init__(self) -> None:
        self.count = 0

    async def drop(
        self, rows: AsyncIterator[GoodRow | BadRow], *, keep_others: bool
    ) -> AsyncIterator[GoodRow]:
        """Pass on the good rows.

        Args:
            rows: Good and bad ones.
            keep_others: Whether to go on passing good rows once there was a bad one.
        """
        async for row in rows:
            if isinstance(row, BadRow):
                self._tell(row)
            elif keep_others or not self.count:
                yield row

    def _tell(self, row: BadRow) -> None:
        self.count += 1
        if self.count <= MAX_BAD_ROWS_SHOWN:
            say(f"line {row.line}: {row.reason}")
        elif self.count == MAX_BAD_ROWS_SHOWN + 1:
            say("more bad rows follow; they are counted, not shown")
