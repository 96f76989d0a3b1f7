"""Make a user an administrator, or create the first one.

    python -m app.commands.make_admin ada@example.com

A user with this address becomes an administrator, verified and enabled, and keeps the password.
Without one the account is created; the password is asked for, or read from the first line of
standard input.

Exit status: 0 done; 1 nothing was changed, and the message says why; 2 invalid command line.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from getpass import getpass

from pydantic import SecretStr, TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Role, User
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import NewPassword
from app.accounts.settings import AccountSettings
from app.commands import all_settings
from app.core.api import EmailAddress, normalized_email
from app.core.db import AsyncSessionLocal
from app.core.runtime import run_command
from app.core.services import get

DONE, NOTHING_CHANGED = 0, 1
UNDEFINED_TABLE = "42P01"


class InvalidPassword(Exception):
    """The password is too short, too long, or was repeated differently."""


async def make_admin(email: str) -> str:
    """Promote the user with an address, or create one.

    Returns:
        The result, as a sentence.

    Raises:
        InvalidPassword: A password was needed, and the given one is invalid.
    """
    if await _promote(email):
        return f"{email} is an administrator now."
    password = await asyncio.to_thread(_read_password)
    with closing(PasswordHasher(get(AccountSettings))) as hasher:
        await _create(email, await hasher.hash(password))
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
    """Create the user; one who signed up in the meantime is promoted, with this password."""
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
        entered = getpass("Password (12 characters or more): ")
        if getpass("Repeat the password: ") != entered:
            message = "The two passwords differ."
            raise InvalidPassword(message)
    else:
        entered = sys.stdin.readline().rstrip("\r\n")
    try:
        return TypeAdapter[SecretStr](NewPassword).validate_python(entered)
    except ValidationError:
        message = "A password has 12 to 128 characters."
        raise InvalidPassword(message) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, make the administrator, and return the exit status."""
    email = _read_email(arguments)
    try:
        result = run_command(lambda: make_admin(email), *all_settings())
    except (InvalidPassword, DBAPIError) as error:
        sys.stderr.write(f"{_explain(error)} Nothing was changed.\n")
        return NOTHING_CHANGED
    sys.stdout.write(f"{result}\n")
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
        parser.error(f"{given!r} is not a valid email address")


def _explain(error: Exception) -> str:
    if isinstance(error, DBAPIError):
        if getattr(error.orig, "sqlstate", None) == UNDEFINED_TABLE:
            return "The tables are missing; run `make migrate`."
        return f"The database reported an error: {type(error.orig).__name__}."
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
