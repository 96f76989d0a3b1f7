"""Orders that are paid by another service."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.post import PostBox
from app.core.db import AsyncSessionLocal
from app.core.email.backends import Message
from app.core.http import HttpClient


async def charge(user: User, *, client: HttpClient) -> None:
    """Note it, and take the money once that is committed."""
    async with AsyncSessionLocal.begin() as session:
        session.add(user)
    await client.request("POST", "/charges", json={"user": str(user.id)})


async def check(session: AsyncSession, user: User, *, client: HttpClient) -> None:
    """Look the user up elsewhere."""
    session.add(user)
    await client.request("GET", f"/users/{user.id}")


async def invite(session: AsyncSession, user: User, letter: Message, *, post: PostBox) -> None:
    """Write to a new user after the commit."""
    session.add(user)
    await post.add(session, letter)
