"""An administrator who can log in always remains."""

import asyncio
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role, User
from tests.accounts.examples import ADA, BOB
from tests.accounts.test_sessions import waits_for_a_lock
from tests.conftest import ClientFor, delete_account

USERS = "/api/v1/users"


async def id_of(client: AsyncClient) -> str:
    return (await client.get(f"{USERS}/me")).json()["data"]["id"]


async def count_administrators(session: AsyncSession) -> int:
    enabled = (User.role == Role.ADMIN, User.disabled_at.is_(None))
    return await session.scalar(select(func.count()).select_from(User).where(*enabled)) or 0


@pytest.mark.parametrize("change", [{"role": "user"}, {"disabled": True}])
async def test_two_administrators_who_remove_each_other_at_once_leave_one(
    client_for: ClientFor,
    session: AsyncSession,
    committed_database: AsyncEngine,
    change: dict[str, Any],
) -> None:
    assert committed_database
    both = [await client_for(email, role=Role.ADMIN) for email in (ADA, BOB)]
    ids = [await id_of(client) for client in both]
    answers = await asyncio.gather(
        both[0].patch(f"{USERS}/{ids[1]}", json=change),
        both[1].patch(f"{USERS}/{ids[0]}", json=change),
    )
    refused = max(answers, key=lambda answer: answer.status_code)
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert refused.status_code in {401, 403, 409}  # 401 and 403 if it began after the other's end
    assert await count_administrators(session) == 1


async def test_the_last_administrator_cannot_be_removed_by_a_request_that_waited(
    client_for: ClientFor, session: AsyncSession, committed_database: AsyncEngine
) -> None:
    ada, bob = [await client_for(email, role=Role.ADMIN) for email in (ADA, BOB)]
    ada_id = await id_of(ada)
    await session.execute(update(User).where(User.email == BOB).values(role=Role.USER))
    waiting = asyncio.create_task(bob.patch(f"{USERS}/{ada_id}", json={"role": "user"}))
    while not await waits_for_a_lock(committed_database):
        assert not waiting.done()
        await asyncio.sleep(0.01)
    await session.commit()
    refused = await waiting
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "last_administrator"
    assert await count_administrators(session) == 1


async def test_the_only_administrator_cannot_delete_the_account(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for(ADA, role=Role.ADMIN)
    refused = await delete_account(ada)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "last_administrator"
    await client_for(BOB, role=Role.ADMIN)
    assert (await delete_account(ada)).status_code == 204
    assert await count_administrators(session) == 1


async def test_of_two_administrators_who_leave_at_once_one_remains(
    client_for: ClientFor, session: AsyncSession, committed_database: AsyncEngine
) -> None:
    assert committed_database
    both = [await client_for(email, role=Role.ADMIN) for email in (ADA, BOB)]
    answers = await asyncio.gather(*(delete_account(client) for client in both))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert await count_administrators(session) == 1


@pytest.mark.parametrize("values", [{"disabled_at": func.now()}, {"verified_at": None}])
async def test_an_administrator_who_cannot_log_in_does_not_count(
    client_for: ClientFor, session: AsyncSession, values: dict[str, Any]
) -> None:
    ada = await client_for(ADA, role=Role.ADMIN)
    await client_for(BOB, role=Role.ADMIN)
    await session.execute(update(User).where(User.email == BOB).values(values))
    await session.commit()
    assert (await delete_account(ada)).status_code == 409


async def test_an_account_that_was_never_verified_is_not_promoted(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada, bob = await client_for(ADA, role=Role.ADMIN), await client_for(BOB)
    bob_id = await id_of(bob)
    await session.execute(update(User).where(User.email == BOB).values(verified_at=None))
    await session.commit()
    refused = await ada.patch(f"{USERS}/{bob_id}", json={"role": "admin"})
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "email_not_verified"
    assert await count_administrators(session) == 1
