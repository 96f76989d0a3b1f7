"""A deletion calls the hooks of all modules, and leaves no row that names the user."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from httpx2 import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.guards.idempotency_records import IdempotencyRecord
from app.core.module import Module, Modules
from app.core.services import get, provide
from tests.accounts.examples import ADA, PASSWORD, Mailbox, Register, bearer, log_in
from tests.conftest import ClientFor, delete_account, tables_that_name

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


async def test_no_table_names_a_deleted_user(
    client: AsyncClient, register: Register, session: AsyncSession, mailbox: Mailbox
) -> None:
    user_id = str((await register(ADA)).id)
    headers = bearer(await log_in(client))
    await client.post("/api/v1/password-resets", json={"email": ADA})
    change = {"email": "new-ada@example.com", "current_password": PASSWORD}
    await client.patch(ME, json=change, headers=headers)
    session.add(
        IdempotencyRecord(
            digest=bytes(32),
            fingerprint=bytes(32),
            status=201,
            headers=[],
            body=ADA.encode(),
            user_id=user_id,
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
    )
    await session.commit()
    named = await tables_that_name(session, user_id, ADA)
    assert named >= {"users", "sessions", "known_devices", "account_tokens", "idempotency_keys"}
    given = {"current_password": PASSWORD}
    assert (await client.post(f"{ME}/deletions", json=given, headers=headers)).status_code == 204
    assert await tables_that_name(session, user_id, ADA) == set()
    assert mailbox.mails[-1].template == "account_deleted"
