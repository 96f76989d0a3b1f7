"""Orders that are paid by another service."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.email.backends import Mailer, Message
from app.core.http import HttpClient


async def charge(session: AsyncSession, user: User, *, client: HttpClient) -> None:
    """Take the money."""
    session.add(user)
    await client.request("POST", "/charges", json={"user": str(user.id)})  # violates: effect-before-commit


async def invite(session: AsyncSession, user: User, letter: Message, *, mailer: Mailer) -> None:
    """Write to a new user."""
    session.add(user)
    await session.flush()
    await mailer.send(letter)  # violates: effect-before-commit
