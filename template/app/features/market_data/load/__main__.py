"""Load candles from a CSV file, compressed by gzip or not.

The first line names the columns, in any order: Ticker or Symbol, Date or Open Time, Open, High,
Low, Close, Volume. Others are passed over. Symbols that are not there yet are created. Candles that
are there already are replaced if they differ, so it does no harm to load a file twice.

Exit status: 0 loaded; 1 nothing was loaded, and the message says why; 2 the command line is wrong;
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

from app.core.database_url import parse_database_url
from app.core.db import AsyncSessionLocal, open_database
from app.core.errors import AppError
from app.features.market_data.intervals import Interval
from app.features.market_data.load.csv_rows import FileRefused, open_csv, read_rows
from app.features.market_data.load.reporting import BadRows, say, show_progress
from app.features.market_data.load.store import CURRENCY, Loaded, store_rows
from app.settings import Settings

LOADED, NOTHING_LOADED, STOPPED = 0, 1, 130
SECONDS_PER_STATEMENT = 3600  # The limit in the settings is made for requests.
UNDEFINED_TABLE = "42P01"


class BadRowsRefused(Exception):
    """The file has bad rows, which the command was not told to skip."""


async def load(
    file: str, *, interval: Interval, skip_bad_rows: bool, settings: Settings
) -> tuple[Loaded, int]:
    """Load a file in one transaction.

    Args:
        file: Its path, or `-` for standard input.
        interval: The interval of its candles.
        skip_bad_rows: Whether to load the others where some rows are bad.
        settings: Where the database is.

    Returns:
        What came of the good rows, and the number of bad ones.

    Raises:
        BadRowsRefused: There are bad rows; nothing was loaded.
        FileRefused: The file as a whole cannot be read; nothing was loaded.
    """
    bad_rows = BadRows()
    with open_csv(file) as (raw, text):
        async with open_database(settings), AsyncSessionLocal.begin() as session:
            rows = show_progress(read_rows(text, interval=interval), raw)
            good_rows = bad_rows.drop(rows, keep_others=skip_bad_rows)
            loaded = await store_rows(session, good_rows, interval=interval)
            if bad_rows.count and not skip_bad_rows:
                message = f"bad rows: {bad_rows.count:,}; mend them, or use --on-bad-row skip"
                raise BadRowsRefused(message)
    return loaded, bad_rows.count


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, load the file, and return the exit status."""
    options = _read_arguments(arguments)
    settings = _read_settings()
    started = perf_counter()
    try:
        loaded, bad_rows = asyncio.run(
            load(
                options.file,
                interval=options.interval,
                skip_bad_rows=options.on_bad_row == "skip",
                settings=settings,
            )
        )
    except KeyboardInterrupt:
        say("Stopped. Nothing was loaded.")
        return STOPPED
    except (BadRowsRefused, FileRefused, OSError) as error:
        say(f"{options.file}: {error}. Nothing was loaded.")
        return NOTHING_LOADED
    except (AppError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        say(f"{_explain(error)} Nothing was loaded.")
        return NOTHING_LOADED
    _print_result(loaded, bad_rows=bad_rows, seconds=perf_counter() - started)
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
        help="the time that each candle covers; 1d unless given",
    )
    parser.add_argument(
        "--on-bad-row",
        choices=["refuse", "skip"],
        default="refuse",
        help="refuse (the default) loads nothing if there is a bad row; skip loads the others",
    )
    options = parser.parse_args(arguments)
    if options.file != "-" and not Path(options.file).is_file():
        parser.error(f"there is no file {options.file}")
    return options


def _read_settings() -> Settings:
    try:
        settings = Settings()
        if settings.database_url is None:
            sys.exit("DATABASE_URL is not set; `make load` starts a PostgreSQL of its own.")
        parse_database_url(settings.database_url.get_secret_value())
    except ValidationError as error:
        sys.exit(f"The settings are not valid. {error}")
    except ValueError as error:
        sys.exit(f"DATABASE_URL: {error}")
    return settings.model_copy(update={"database_statement_timeout_seconds": SECONDS_PER_STATEMENT})


def _explain(error: Exception) -> str:
    if isinstance(error, AppError):
        return "The database cannot be reached."
    cause = error.orig if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlstate", None) == UNDEFINED_TABLE:
        return "The tables are missing; `make migrate` creates them."
    return f"The database gave up: {cause}."


def _print_result(loaded: Loaded, *, bad_rows: int, seconds: float) -> None:
    if loaded.new_symbols:
        tickers = ", ".join(loaded.new_symbols)
        tqdm.write(f"New symbols, named by their ticker, with currency {CURRENCY}: {tickers}")
    tqdm.write(
        f"Rows: {loaded.rows:,} good, {bad_rows:,} bad. Candles: {loaded.stored:,} stored, "
        f"{loaded.unchanged:,} unchanged, {loaded.repeated:,} repeated. Took {seconds:.1f} s."
    )


if __name__ == "__main__":
    sys.exit(main())
