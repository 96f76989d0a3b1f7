"""Hooks run in the transaction that deletes a user."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from httpx2 import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.module import Module, Modules
from app.core.services import get, provide
from tests.accounts.examples import ADA
from tests.conftest import ClientFor, delete_account

ME = "/api/v1/users/me"
Hook = Callable[[AsyncSession, UUID], Awaitable[None]]


def with_hook(hook: Hook) -> Modules:
    """Return the modules of the service, and one with a hook."""
    return Modules((*get(Modules), Module(name="probe", on_user_deleted=hook)))


async def count_users(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(User)) or 0


async def test_a_hook_is_called_once_and_sees_the_user(
    client_for: ClientFor, session: AsyncSession
) -> None:
    seen: list[str] = []

    async def look(session: AsyncSession, user_id: UUID) -> None:
        user = await session.get(User, user_id)
        assert user
        seen.append(user.email)

    ada = await client_for(ADA)
    with provide(Modules, with_hook(look)):
        assert (await delete_account(ada)).status_code == 204
    assert (seen, await count_users(session)) == ([ADA], 0)


async def test_a_hook_that_fails_keeps_the_user(
    client_for: ClientFor, session: AsyncSession
) -> None:
    async def fail(session: AsyncSession, user_id: UUID) -> None:
        raise ConnectionError(session, user_id)

    ada: AsyncClient = await client_for(ADA)
    with provide(Modules, with_hook(fail)):
        assert (await delete_account(ada)).status_code == 500
    assert await count_users(session) == 1
    assert (await delete_account(ada)).status_code == 204
