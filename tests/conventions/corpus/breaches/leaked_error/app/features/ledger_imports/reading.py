"""Reading of ledgers."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from csv import DictReader
from csv import Error as CsvError
from decimal import Decimal, InvalidOperation
from pathlib import Path

from app.features.ledger_imports.errors import LedgerRejected, LedgerUnreadable

FOLDER = Path("ledgers")


def reason_of(error: Exception) -> str:
    """Return why something failed, in one line."""
    return " ".join(str(error).split())


@contextmanager
def reading() -> Iterator[None]:
    """Turn errors of a file into those of a client."""
    try:
        yield
    except (CsvError, UnicodeDecodeError) as error:
        raise LedgerUnreadable(reason_of(error)) from error  # breach: leaked-error


def read_amount(text: str) -> Decimal:
    """Return an amount of money.

    Raises:
        LedgerRejected: It is not a number.
    """
    try:
        return Decimal(text)
    except InvalidOperation as error:
        reason = [f"The amount {text[:20]} is invalid:", repr(error)]
        raise LedgerRejected(" ".join(reason)) from error  # breach: leaked-error


def read_lines(content: str) -> list[Decimal]:
    """Return the amounts of a ledger.

    Raises:
        LedgerRejected: A line has no amount.
    """
    with reading():
        rows = list(DictReader(content.splitlines()))
    try:
        return [read_amount(row["amount"]) for row in rows]
    except KeyError:
        raise LedgerRejected(traceback.format_exc(limit=1)) from None  # breach: leaked-error


def read_stored(number: int) -> str:
    """Return a ledger that was stored before.

    Raises:
        LedgerUnreadable: It does not exist.
    """
    path = (FOLDER / f"{number:08d}.csv").resolve()
    if not path.exists():
        raise LedgerUnreadable(f"{path} does not exist.")  # breach: leaked-error
    return path.read_text("utf-8")
