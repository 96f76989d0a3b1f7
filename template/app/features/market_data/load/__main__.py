"""Load candles from a CSV file, plain or compressed by gzip.

The first line names the columns, in any order: Ticker or Symbol, Date or Open Time, Open, High,
Low, Close, Volume. Other columns are ignored. Missing symbols are created. Existing candles are
replaced if they differ, so loading a file twice is safe. Only one load runs at a time.

Exit status: 0 loaded; 1 nothing was loaded, and the message says why; 2 invalid command line;
130 stopped by Ctrl-C, nothing was loaded.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import asyncpg
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from tqdm import tqdm

from app.core.config import Configuration
from app.core.database_url import parse_database_url
from app.core.db import AsyncSessionLocal
from app.core.errors import AppError
from app.core.guards import LockLost, LockUnavailable, lock
from app.core.runtime import open_core
from app.features.market_data.intervals import Interval
from app.features.market_data.load.csv_rows import InvalidFile, open_csv, read_rows
from app.features.market_data.load.reporting import BadRowReporter, print_error, show_progress
from app.features.market_data.load.store import CURRENCY, LoadResult, store_rows
from app.settings import Settings

LOADED, NOTHING_LOADED, STOPPED = 0, 1, 130
SECONDS_PER_STATEMENT = 3600  # The limit of the settings is meant for requests.
LOCK_NAME = "market_data.load"
UNDEFINED_TABLE = "42P01"


class BadRowsFound(Exception):
    """The file has bad rows, and `--on-bad-row skip` was not given."""


async def load(
    file: str, *, interval: Interval, skip_bad_rows: bool, settings: Settings
) -> tuple[LoadResult, int]:
    """Load a file in one transaction.

    Args:
        file: The path, or `-` for standard input.
        interval: The interval of the candles.
        skip_bad_rows: Whether to load the good rows of a file that has bad ones.
        settings: The settings, with the address of the database.

    Returns:
        The result of the good rows, and the number of bad rows.

    Raises:
        BadRowsFound: The file has bad rows; nothing was loaded.
        InvalidFile: The file is unreadable; nothing was loaded.
        LockUnavailable: Another load is running; nothing was loaded.
    """
    reporter = BadRowReporter()
    with open_csv(file) as (raw, text):
        # Two loads of the same candles would wait for each other's rows until a timeout, so the
        # second one fails at once instead. The lock is released after the commit.
        async with (
            open_core(Configuration({Settings: settings})),
            lock(LOCK_NAME),
            AsyncSessionLocal.begin() as session,
        ):
            rows = show_progress(read_rows(text, interval=interval), raw)
            good_rows = reporter.filter_good(rows, keep_others=skip_bad_rows)
            result = await store_rows(session, good_rows, interval=interval)
            if reporter.count and not skip_bad_rows:
                message = f"bad rows: {reporter.count:,}; fix them, or use --on-bad-row skip"
                raise BadRowsFound(message)
    return result, reporter.count


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, load the file, and return the exit status."""
    options = _read_arguments(arguments)
    settings = _read_settings()
    started = perf_counter()
    try:
        result, bad_rows = asyncio.run(
            load(
                options.file,
                interval=options.interval,
                skip_bad_rows=options.on_bad_row == "skip",
                settings=settings,
            )
        )
    except KeyboardInterrupt:
        print_error("Stopped. Nothing was loaded.")
        return STOPPED
    except (BadRowsFound, InvalidFile, OSError) as error:
        print_error(f"{options.file}: {error}. Nothing was loaded.")
        return NOTHING_LOADED
    except (AppError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        print_error(f"{_explain(error)} Nothing was loaded.")
        return NOTHING_LOADED
    _print_result(result, bad_rows=bad_rows, seconds=perf_counter() - started)
    return LOADED


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m app.features.market_data.load",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", help="the CSV file, or - for standard input")
    parser.add_argument(
        "--interval",
        type=Interval,
        choices=list(Interval),
        default=Interval.ONE_DAY,
        help="the interval of the candles (default: 1d)",
    )
    parser.add_argument(
        "--on-bad-row",
        choices=["refuse", "skip"],
        default="refuse",
        help="refuse: load nothing if a row is bad (default); skip: load the good rows",
    )
    options = parser.parse_args(arguments)
    if options.file != "-" and not Path(options.file).is_file():
        parser.error(f"file not found: {options.file}")
    return options


def _read_settings() -> Settings:
    try:
        settings = Settings()
        if settings.database_url is None:
            sys.exit("DATABASE_URL is not set. Run `make load`, which starts a PostgreSQL.")
        parse_database_url(settings.database_url.get_secret_value())
    except ValidationError as error:
        sys.exit(f"The settings are invalid. {error}")
    except ValueError as error:
        sys.exit(f"DATABASE_URL: {error}")
    return settings.model_copy(update={"database_statement_timeout_seconds": SECONDS_PER_STATEMENT})


def _explain(error: Exception) -> str:
    match error:
        case LockUnavailable():
            return "Another load is running. Run this one again when it has finished."
        case LockLost():
            return "The load was interrupted, because its lock could not be renewed. Run it again."
        case AppError():
            return "The database is unavailable."
    cause = error.orig if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlstate", None) == UNDEFINED_TABLE:
        return "The tables do not exist. Create them with `make migrate`."
    return f"The database failed: {cause}."


def _print_result(result: LoadResult, *, bad_rows: int, seconds: float) -> None:
    if result.new_symbols:
        tickers = ", ".join(result.new_symbols)
        tqdm.write(f"New symbols, named by their ticker, with currency {CURRENCY}: {tickers}")
    tqdm.write(
        f"Rows: {result.rows:,} good, {bad_rows:,} bad. Candles: {result.stored:,} stored, "
        f"{result.unchanged:,} unchanged, {result.repeated:,} repeated. Took {seconds:.1f} s."
    )


if __name__ == "__main__":
    sys.exit(main())
