"""Make the first administrator, or another one.

    python -m app.commands.make_admin ada@example.com

A user of this address becomes an administrator, verified and enabled, with the password that they
have. If there is none the account is created; the password is asked for, or is the first line of
standard input.

Exit status: 0 done; 1 nothing was changed, and the message says why; 2 the command line is wrong.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from getpass import getpass
from typing import cast

from pydantic import SecretStr, TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Role, User
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import NewPassword
from app.accounts.settings import AccountSettings
from app.core.api import EmailAddress, normalized_email
from app.core.config import load_settings
from app.core.db import AsyncSessionLocal, open_database
from app.core.errors import AppError
from app.settings import Settings

DONE, NOTHING_CHANGED = 0, 1
UNDEFINED_TABLE = "42P01"


class PasswordUnfit(Exception):
    """The password that was given is too short, too long, or not the same twice."""


async def make_admin(email: str, *, accounts: AccountSettings, core: Settings) -> str:
    """Promote the user of an address, or create one.

    Args:
        email: The address.
        accounts: How passwords are hashed.
        core: Where the database is.

    Returns:
        What was done, for a person.

    Raises:
        PasswordUnfit: A password was needed, and the one that was given will not do.
    """
    async with open_database(core):
        if await _promote(email):
            return f"{email} is an administrator now."
        password = await asyncio.to_thread(_read_password)
        hasher = PasswordHasher(accounts)
        await _create(email, await hasher.hash(password))
        hasher.close()
        return f"{email} has an account now, as an administrator."


async def _promote(email: str) -> bool:
    async with AsyncSessionLocal.begin() as session:
        user = await session.scalar(
            select(User).where(User.email_key == normalized_email(email)).with_for_update()
        )
        if user is None:
            return False
        user.role, user.disabled_at = Role.ADMIN, None
        user.verified_at = user.verified_at or datetime.now(UTC)
        return True


async def _create(email: str, password_hash: str) -> None:
    """Create the user; one who signed up meanwhile is promoted, with the password given here."""
    values = {
        "password_hash": password_hash,
        "role": Role.ADMIN,
        "verified_at": datetime.now(UTC),
    }
    async with AsyncSessionLocal.begin() as session:
        await session.execute(
            insert(User)
            .values(email=email, email_key=normalized_email(email), **values)
            .on_conflict_do_update(index_elements=[User.email_key], set_=values)
        )


def _read_password() -> SecretStr:
    if sys.stdin.isatty():
        first = getpass("Password (12 characters or more): ")
        if getpass("Once more: ") != first:
            message = "The two were not the same."
            raise PasswordUnfit(message)
    else:
        first = sys.stdin.readline().rstrip("\r\n")
    try:
        return TypeAdapter[SecretStr](NewPassword).validate_python(first)
    except ValidationError:
        message = "A password has 12 to 128 characters."
        raise PasswordUnfit(message) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, make the administrator, and return the exit status."""
    email = _read_email(arguments)
    configuration = load_settings([Settings, AccountSettings])
    core = cast("Settings", configuration[Settings])
    accounts = cast("AccountSettings", configuration[AccountSettings])
    try:
        done = asyncio.run(make_admin(email, accounts=accounts, core=core))
    except (PasswordUnfit, AppError, DBAPIError) as error:
        sys.stderr.write(f"{_explain(error)} Nothing was changed.\n")
        return NOTHING_CHANGED
    sys.stdout.write(f"{done}\n")
    return DONE


def _read_email(arguments: Sequence[str] | None) -> str:
    parser = argparse.ArgumentParser(
        prog="python -m app.commands.make_admin",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("email", help="the address of the administrator")
    given: str = parser.parse_args(arguments).email
    try:
        return TypeAdapter[str](EmailAddress).validate_python(given)
    except ValidationError:
        parser.error(f"{given!r} is no mail address")


def _explain(error: Exception) -> str:
    if isinstance(error, DBAPIError):
        if getattr(error.orig, "sqlstate", None) == UNDEFINED_TABLE:
            return "The tables are missing; `make migrate` creates them."
        return f"The database gave up: {type(error.orig).__name__}."
    if isinstance(error, AppError):
        return "The database cannot be reached."
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
