"""Sum the hours of the past: `python -m app.features.meter_series.backfill 2026-01-01 48`."""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from app.core.db import AsyncSessionLocal
from app.core.runtime import run_command
from app.features.meter_series.storing import sum_hour

MARK = Path("backfill.mark")
PAUSE_SECONDS = 0.2


async def backfill(first: datetime, hours: int) -> int:
    """Sum the hours one after the other, each in a transaction, and return their number."""
    for number in range(hours):
        async with AsyncSessionLocal.begin() as session:
            await sum_hour(session, first + timedelta(hours=number))
        await asyncio.sleep(PAUSE_SECONDS)  # leaves room for the requests of the service
    return hours


def wait_for_mark(*, seconds: float) -> bool:
    """Return whether an earlier run has ended; it deletes its mark then."""
    end = time.monotonic() + seconds
    while MARK.exists():
        if time.monotonic() > end:
            return False
        time.sleep(1)  # noqa: TID251 - before the event loop runs
    return True


def main() -> int:
    """Read the command line, and sum the hours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("day", type=lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC))
    parser.add_argument("hours", type=int)
    options = parser.parse_args()
    if not wait_for_mark(seconds=30):
        sys.exit("Another backfill is running. Delete backfill.mark if it is not.")
    MARK.write_text(options.day.isoformat(), encoding="utf-8")
    try:
        done = run_command(partial(backfill, options.day, options.hours))
    finally:
        MARK.unlink(missing_ok=True)
    sys.stdout.write(f"Hours: {done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
