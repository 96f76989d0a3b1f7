"""Make a user an administrator, or create the first one.

    python -m app.commands.make_admin ada@example.com

A user who has verified this address becomes an administrator, enabled, and keeps the password. An
address that was never verified may be anybody's: without a verified account, and in a service that
sends no email, the command asks for a password, or reads the first line of standard input. It
creates the account, or replaces the password and ends the sessions and links of the existing one.

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
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from app.accounts.errors import WeakPassword
from app.accounts.models import EmailToken, KnownDevice, Role, User, UserSession
from app.accounts.password_rules import hash_new_password
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import NewPassword
from app.accounts.settings import AccountSettings
from app.commands import all_settings
from app.core.api import EmailAddress, normalized_email
from app.core.db import AsyncSessionLocal
from app.core.runtime import run_command
from app.core.services import get, provide

DONE, NOTHING_CHANGED = 0, 1
UNDEFINED_TABLE = "42P01"


class InvalidPassword(Exception):
    """The password is missing or invalid, or was repeated differently."""


async def make_admin(email: str) -> str:
    """Promote the user who verified an address, or create one with a password of the caller's.

    Returns:
        The result, as a sentence.

    Raises:
        InvalidPassword: A password was needed, and the given one is invalid.
    """
    if await _promote(email):
        return f"{email} is an administrator now."
    password = await asyncio.to_thread(_read_password, email)
    with closing(PasswordHasher(get(AccountSettings))) as hasher, provide(PasswordHasher, hasher):
        try:
            password_hash = await hash_new_password(password, email=email)
        except WeakPassword as error:
            raise InvalidPassword(error.message) from None
    await _create(email, password_hash)
    return f"{email} is an administrator now, with this password."


async def _promote(email: str) -> bool:
    """Return whether there is a user who proved to own the address, an administrator from now."""
    if not get(AccountSettings).sends_email:
        return False
    proven = (User.email_key == normalized_email(email), User.verified_at.is_not(None))
    promoted = {"role": Role.ADMIN, "disabled_at": None}
    async with AsyncSessionLocal.begin() as session:
        statement = update(User).where(*proven).values(promoted).returning(User.id)
        return await session.scalar(statement) is not None


async def _create(email: str, password_hash: str) -> None:
    """Create the administrator; nothing of an account that exists already lets anyone in."""
    values = {
        "password_hash": password_hash,
        "role": Role.ADMIN,
        "verified_at": datetime.now(UTC),
        "disabled_at": None,
    }
    async with AsyncSessionLocal.begin() as session:
        user_id = await session.scalar(
            insert(User)
            .values(email=email, email_key=normalized_email(email), **values)
            .on_conflict_do_update(index_elements=[User.email_key], set_=values)
            .returning(User.id)
        )
        await session.execute(delete(UserSession).where(UserSession.user_id == user_id))
        await session.execute(delete(EmailToken).where(EmailToken.user_id == user_id))
        await session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))


def _read_password(email: str) -> SecretStr:
    if sys.stdin.isatty():
        sys.stdout.write(f"Nobody has verified {email} yet: choose the password.\n")
        entered = getpass("Password (12 characters or more): ")
        if getpass("Repeat the password: ") != entered:
            message = "The two passwords differ."
            raise InvalidPassword(message)
    elif not (entered := sys.stdin.readline().rstrip("\r\n")):
        message = (
            f"Nobody has verified {email} yet, so a password is needed: run the command in a "
            "terminal, or write one to its standard input."
        )
        raise InvalidPassword(message)
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
