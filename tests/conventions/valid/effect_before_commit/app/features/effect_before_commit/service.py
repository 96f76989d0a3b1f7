"""Orders that are paid by another service."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.db import AsyncSessionLocal
from app.core.email import EmailMessage, enqueue_email
from app.core.http import HttpClient


async def charge(user: User, *, client: HttpClient) -> None:
    """Store the order, and charge the user after the commit."""
    async with AsyncSessionLocal.begin() as session:
        session.add(user)
    await client.request("POST", "/charges", json={"user": str(user.id)})


async def check(session: AsyncSession, user: User, *, client: HttpClient) -> None:
    """Look the user up elsewhere."""
    session.add(user)
    await client.request("GET", f"/users/{user.id}")


async def invite(session: AsyncSession, user: User, message: EmailMessage) -> None:
    """Write to a new user after the commit, by a job."""
    session.add(user)
    await enqueue_email(session, message)
