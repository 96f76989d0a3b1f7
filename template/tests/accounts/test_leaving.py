"""What has to happen before a user goes happens in the transaction that deletes the user."""

from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.leaving import when_user_leaves
from app.accounts.models import User
from tests.accounts.examples import ADA
from tests.conftest import ClientFor

ME = "/api/v1/users/me"


async def count_users(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(User)) or 0


async def test_a_hook_sees_the_user_who_is_about_to_go_and_is_called_once(
    client_for: ClientFor, session: AsyncSession
) -> None:
    seen: list[str] = []

    async def look(session: AsyncSession, user_id: UUID) -> None:
        user = await session.get(User, user_id)
        assert user
        seen.append(user.email)

    ada = await client_for(ADA)
    with when_user_leaves(look), when_user_leaves(look):
        assert (await ada.delete(ME)).status_code == 204
    assert (seen, await count_users(session)) == ([ADA], 0)


async def test_a_hook_that_fails_keeps_the_user(
    client_for: ClientFor, session: AsyncSession
) -> None:
    async def fail(session: AsyncSession, user_id: UUID) -> None:
        raise ConnectionError(session, user_id)

    ada: AsyncClient = await client_for(ADA)
    with when_user_leaves(fail):
        assert (await ada.delete(ME)).status_code == 500
    assert await count_users(session) == 1
    assert (await ada.delete(ME)).status_code == 204


@pytest.mark.usefixtures("session")
async def test_a_hook_is_not_called_after_its_module_has_closed(client_for: ClientFor) -> None:
    async def fail(session: AsyncSession, user_id: UUID) -> None:
        raise ConnectionError(session, user_id)

    with when_user_leaves(fail):
        ada = await client_for(ADA)
    assert (await ada.delete(ME)).status_code == 204
