"""Orders that are paid by another service."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.owned import OwnerSession
from app.core.email import EmailBackend, EmailMessage, deliver_email
from app.core.http import HttpClient
from app.core.services import get


async def charge(session: AsyncSession, user: User, *, client: HttpClient) -> None:
    """Charge a user."""
    session.add(user)
    await client.request("POST", "/charges", json={"user": str(user.id)})  # violates: effect-before-commit


async def refund(session: OwnerSession, user: User) -> None:
    """Refund a user, through the client in the registry."""
    session.add(user)
    await get(HttpClient).request("POST", "/refunds", json={"user": str(user.id)})  # violates: effect-before-commit


async def invite(session: AsyncSession, user: User, message: EmailMessage, *, backend: EmailBackend) -> None:
    """Write to a new user."""
    session.add(user)
    await session.flush()
    await backend.send(message)  # violates: connection-held-during-call, effect-before-commit


async def remind(session: AsyncSession, user: User, message: EmailMessage) -> None:
    """Write to a changed user."""
    session.add(user)
    await deliver_email(message)  # violates: effect-before-commit
