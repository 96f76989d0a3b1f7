import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import AsyncClient
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts import limits
from app.accounts.models import User, UserSession
from app.accounts.settings import AccountSettings
from app.accounts.tokens import hash_token
from tests.accounts.examples import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    Register,
    bearer,
    log_in,
    move,
)
from tests.conftest import AssertQueries, ClientFor

SESSIONS = "/api/v1/sessions"
ME = "/api/v1/users/me"
SETTINGS = AccountSettings()


async def change_sessions(session: AsyncSession, **values: datetime) -> None:
    await session.execute(update(UserSession).values(**values))
    await session.commit()


async def the_session(session: AsyncSession) -> UserSession:
    rows = await session.scalars(select(UserSession).execution_options(populate_existing=True))
    return rows.one()


async def test_a_log_in_answers_a_token_that_the_database_does_not_hold(
    client: AsyncClient, register: Register, session: AsyncSession
) -> None:
    user = await register(ADA)
    opened = await log_in(client)
    assert opened.status_code == 201
    token = opened.json()["data"]["token"]
    assert len(token) == 43
    current = await client.get(f"{SESSIONS}/current", headers=bearer(opened))
    assert current.json()["data"]["id"] == opened.json()["data"]["id"]
    assert opened.headers["location"] == f"{SESSIONS}/{opened.json()['data']['id']}"
    assert opened.headers["cache-control"] == "no-store"
    row = await the_session(session)
    assert (row.user_id, row.token_hash) == (user.id, hash_token(token))
    assert token not in str(vars(row))
    assert str(user.password_hash).startswith("$argon2id$")
    read = await client.get(opened.headers["location"], headers=bearer(opened))
    assert read.json()["data"]["current"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {'x' * 43}"},
        {"Authorization": "Basic YWRhOmFkYQ=="},
        {"Authorization": b"Bearer \xe4\xff"},
    ],
)
async def test_a_request_without_a_valid_token_gets_401_with_the_scheme(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    refused = await client.get(ME, headers=headers)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["error"]["code"] == "not_authenticated"


async def test_every_failed_log_in_gets_the_same_response(
    client: AsyncClient, register: Register, session: AsyncSession
) -> None:
    await register(ADA)
    await register(BOB)
    disabled = update(User).where(User.email == BOB).values(disabled_at=datetime.now(UTC))
    await session.execute(disabled)
    await session.commit()
    answers = [
        await log_in(client, "nobody@example.com"),
        await log_in(client, ADA, OTHER_PASSWORD),
        await log_in(client, BOB),
    ]
    assert [answer.status_code for answer in answers] == [401] * 3
    errors = [answer.json()["error"] | {"request_id": ""} for answer in answers]
    assert errors[0]["code"] == "invalid_credentials"
    assert errors == [errors[0]] * 3
    assert await session.scalar(select(func.count()).select_from(UserSession)) == 0


async def test_a_session_of_a_disabled_account_opens_nothing(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for(ADA)
    await session.execute(update(User).values(disabled_at=datetime.now(UTC)))
    await session.commit()
    assert (await ada.get(ME)).status_code == 401


async def test_the_user_agent_of_a_session_is_stored_up_to_a_length(
    client: AsyncClient, register: Register, session: AsyncSession
) -> None:
    await register(ADA)
    client.headers["User-Agent"] = "x" * 1000
    assert (await log_in(client)).status_code == 201
    assert (await the_session(session)).user_agent == "x" * 200


async def test_passwords_are_compared_in_one_unicode_form(
    client: AsyncClient, register: Register
) -> None:
    await register(ADA, "Ångström ﬁrst café")
    assert (await log_in(client, ADA, "A\u030angstro\u0308m first cafe\u0301")).status_code == 201


async def test_logging_out_voids_the_token_of_this_session_only(
    client: AsyncClient, client_for: ClientFor
) -> None:
    here, there = await client_for(ADA), await client_for(ADA)
    assert (await here.delete(f"{SESSIONS}/current")).status_code == 204
    assert (await here.get(ME)).status_code == 401
    assert (await here.delete(f"{SESSIONS}/current")).status_code == 401
    assert (await there.get(ME)).status_code == 200
    assert client


async def test_sessions_are_listed_page_by_page_and_can_be_ended_one_by_one(
    client_for: ClientFor, assert_queries: AssertQueries
) -> None:
    here, there = await client_for(ADA), await client_for(ADA)
    await client_for(ADA)
    with assert_queries(2):
        first = (await here.get(SESSIONS, params={"limit": 2})).json()
    cursor = first["meta"]["next_cursor"]
    rest = (await here.get(SESSIONS, params={"limit": 2, "cursor": cursor})).json()
    listed = first["data"] + rest["data"]
    assert len({item["id"] for item in listed}) == 3
    assert [item["current"] for item in listed].count(True) == 1
    assert "token" not in str(listed)
    (current,) = [item for item in (await there.get(SESSIONS)).json()["data"] if item["current"]]
    assert (await here.delete(f"{SESSIONS}/{current['id']}")).status_code == 204
    assert (await there.get(ME)).status_code == 401


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_session_of_another_user_is_not_found(
    client_for: ClientFor, session: AsyncSession, method: str
) -> None:
    ada, bob = await client_for(ADA), await client_for(BOB)
    (of_bob,) = (await bob.get(SESSIONS)).json()["data"]
    refused = await ada.request(method, f"{SESSIONS}/{of_bob['id']}")
    unknown = await ada.request(method, f"{SESSIONS}/019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b")
    assert refused.status_code == unknown.status_code == 404
    assert refused.json()["error"]["code"] == unknown.json()["error"]["code"] == "session_not_found"
    assert (await bob.get(ME)).status_code == 200
    assert session


async def test_an_expired_session_is_invalid_and_deleted_at_the_next_log_in(
    client: AsyncClient, register: Register, session: AsyncSession
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    past = datetime.now(UTC) - timedelta(seconds=1)
    await change_sessions(session, expires_at=past)
    assert (await client.get(ME, headers=headers)).status_code == 401
    await log_in(client)
    assert await session.scalar(select(func.count()).select_from(UserSession)) == 1


async def test_using_a_session_prolongs_it_but_is_written_down_every_few_minutes_only(
    client_for: ClientFor, session: AsyncSession, assert_queries: AssertQueries
) -> None:
    ada = await client_for(ADA)
    now = datetime.now(UTC)
    seen = now - SETTINGS.session_touch - timedelta(seconds=1)
    soon, end = now + timedelta(days=1), now + timedelta(days=80)
    await change_sessions(session, last_seen_at=seen, expires_at=soon, ends_at=end)
    with assert_queries(2):
        await ada.get(ME)
    with assert_queries(1):
        await ada.get(ME)
    row = await the_session(session)
    assert row.last_seen_at >= now
    assert row.expires_at == row.last_seen_at + SETTINGS.session_idle


async def test_no_use_prolongs_a_session_beyond_its_end(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for(ADA)
    seen, end = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)
    await change_sessions(session, last_seen_at=seen, expires_at=end, ends_at=end)
    assert (await ada.get(ME)).status_code == 200
    row = await the_session(session)
    assert row.expires_at == row.ends_at == end


async def test_a_request_that_fails_prolongs_the_session_all_the_same(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for(ADA)
    seen = datetime.now(UTC) - timedelta(hours=1)
    await change_sessions(session, last_seen_at=seen)
    missing = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
    assert (await ada.delete(f"{SESSIONS}/{missing}")).status_code == 404
    row = await the_session(session)
    assert row.last_seen_at > seen


async def test_a_password_changed_during_a_log_in_opens_no_session(
    client: AsyncClient, register: Register, session: AsyncSession, committed_database: AsyncEngine
) -> None:
    assert committed_database
    user = await register(ADA)
    await session.rollback()
    await session.execute(update(User).values(password_hash="changed"))  # and not yet committed
    logging_in = asyncio.create_task(log_in(client))
    while not await waits_for_a_lock(committed_database):
        assert not logging_in.done()
        await asyncio.sleep(0.01)
    await session.commit()
    assert (await logging_in).status_code == 401
    assert user


WAITING_HERE = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def waits_for_a_lock(database: AsyncEngine) -> bool:
    async with database.connect() as connection:
        waiting = await connection.scalar(WAITING_HERE)
        return bool(waiting)


async def test_a_hash_made_with_other_settings_is_renewed_by_the_next_log_in(
    client: AsyncClient, register: Register, session: AsyncSession
) -> None:
    user = await register(ADA)
    assert str(user.password_hash).startswith("$argon2id$v=19$m=32,t=1,p=4$")
    made_otherwise = Argon2Hasher(time_cost=2, memory_cost=64, parallelism=4).hash(PASSWORD)
    await session.execute(update(User).values(password_hash=made_otherwise))
    await session.commit()
    assert (await log_in(client)).status_code == 201
    renewed = await session.scalar(select(User.password_hash))
    assert renewed
    assert renewed.startswith("$argon2id$v=19$m=32,t=1,p=4$")
    assert (await log_in(client)).status_code == 201


async def test_log_ins_to_one_account_are_limited_across_addresses(
    client: AsyncClient, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits._FAILURES_OF_ACCOUNT, "amount", 3)
    await register(ADA)
    move(client, "203.0.113.1")  # not the owner's
    names = [ADA, ADA.upper(), ADA, ADA, BOB]
    answers = [(await log_in(client, name, OTHER_PASSWORD)).status_code for name in names]
    assert answers == [401, 401, 401, 429, 401]


@pytest.mark.usefixtures("stopped_rate_limits")
async def test_one_client_cannot_try_without_end(client: AsyncClient, register: Register) -> None:
    await register(ADA)
    answers = [(await log_in(client, ADA, OTHER_PASSWORD)).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
