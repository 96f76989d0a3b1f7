"""Limits of log-ins and e-mails: they stop strangers, and never keep the owner out."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts import limits
from app.accounts.errors import PasswordQueueFull
from app.accounts.passwords import PasswordHasher
from app.accounts.settings import AccountSettings
from app.core.services import get, provide
from tests.accounts.examples import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    Mailbox,
    Register,
    log_in,
    move,
)
from tests.conftest import FAST_PASSWORDS, AssertQueries

USERS = "/api/v1/users"
RESETS = "/api/v1/password-resets"
HOME, ELSEWHERE = "198.51.100.1", "198.51.100.2"


async def fail_from(client: AsyncClient, *, networks: range) -> list[int]:
    statuses = []
    for number in networks:
        move(client, f"203.0.113.{number}")
        statuses.append((await log_in(client, ADA, OTHER_PASSWORD)).status_code)
    return statuses


@pytest.fixture
def few_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits._FAILURES_OF_ACCOUNT, "amount", 3)


@contextmanager
def changed(**changes: Any) -> Iterator[None]:
    with provide(AccountSettings, get(AccountSettings).model_copy(update=changes)):
        yield


@pytest.mark.usefixtures("few_failures")
async def test_strangers_cannot_lock_the_owner_out(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    move(client, HOME)
    assert (await log_in(client)).status_code == 201
    assert await fail_from(client, networks=range(1, 6)) == [401, 401, 401, 429, 429]
    move(client, HOME)
    assert (await log_in(client)).status_code == 201
    move(client, ELSEWHERE)
    assert (await log_in(client)).status_code == 429
    await client.post(RESETS, json={"email": ADA})
    reset = {"token": mailbox.token(), "password": PASSWORD}
    assert (await client.post(f"{RESETS}/confirmations", json=reset)).status_code == 204
    assert await fail_from(client, networks=range(10, 15)) == [401, 401, 401, 429, 429]
    move(client, ELSEWHERE)
    assert (await log_in(client)).status_code == 201


@pytest.mark.usefixtures("few_failures")
async def test_only_failures_count(client: AsyncClient, register: Register) -> None:
    await register(ADA)
    for number in range(9):
        move(client, f"203.0.113.{number}")
        assert (await log_in(client)).status_code == 201


async def test_failures_from_one_network_are_limited_and_a_log_in_clears_them(
    client: AsyncClient, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits._FAILURES_FROM_NETWORK, "amount", 3)
    await register(ADA)
    passwords = [OTHER_PASSWORD] * 2 + [PASSWORD] + [OTHER_PASSWORD] * 3 + [PASSWORD]
    answers = [(await log_in(client, ADA, password)).status_code for password in passwords]
    assert answers == [401, 401, 201, 401, 401, 401, 429]
    assert (await log_in(client, BOB, OTHER_PASSWORD)).status_code == 401
    move(client, ELSEWHERE)
    assert (await log_in(client)).status_code == 201


@pytest.mark.usefixtures("few_failures")
async def test_an_attempt_that_was_not_checked_does_not_count(
    client: AsyncClient, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise PasswordQueueFull

    await register(ADA)
    with monkeypatch.context() as patch:
        patch.setattr(PasswordHasher, "verify", refuse)
        assert await fail_from(client, networks=range(1, 9)) == [503] * 8
    assert await fail_from(client, networks=range(1, 5)) == [401, 401, 401, 429]


@pytest.mark.usefixtures("few_failures")
async def test_attempts_at_the_same_time_do_not_slip_through(
    committed_database: AsyncEngine, client: AsyncClient, register: Register
) -> None:
    assert committed_database
    await register(ADA)
    move(client, ELSEWHERE)
    client.event_hooks["response"].clear()
    attempts = [log_in(client, ADA, OTHER_PASSWORD) for _ in range(9)]
    answers = sorted(answer.status_code for answer in await asyncio.gather(*attempts))
    assert answers == [401] * 3 + [429] * 6


@pytest.mark.usefixtures("app")
async def test_a_network_of_the_owner_gets_the_whole_queue() -> None:
    for expected in (0.5, 1):  # the first log-in makes the network known
        async with limits.limited_log_in(ADA) as share:
            assert share == expected
    await limits._FAILURES_OF_CALLER.try_count("unknown", cost=15)
    async with limits.limited_log_in(ADA) as share:
        assert share == 0.5


async def test_a_full_queue_is_noticed_before_the_database_is_asked(
    client: AsyncClient, register: Register, assert_queries: AssertQueries
) -> None:
    await register(ADA)
    hasher = PasswordHasher(FAST_PASSWORDS.model_copy(update={"password_threads": 1}))
    hasher._free_threads = 0
    hasher._settings = hasher._settings.model_copy(update={"password_queue": 0})
    client.event_hooks["response"].clear()
    with provide(PasswordHasher, hasher), assert_queries(0):
        assert (await log_in(client)).status_code == 503
    hasher.close()


async def log_in_patiently(client: AsyncClient) -> Response:
    for _ in range(50):
        if (answer := await log_in(client)).status_code != 503:
            break
        await asyncio.sleep(0.1)
    return answer


async def test_a_flood_of_guesses_leaves_room_for_the_owner(
    committed_database: AsyncEngine, client: AsyncClient, register: Register
) -> None:
    """Forty clients that have failed before guess at once; the owner logs in meanwhile."""
    assert committed_database
    await register(ADA)
    client.event_hooks["response"].clear()
    for number in range(40):
        caller = f"203.0.113.{number}"
        await limits._FAILURES_OF_CALLER.try_count(caller, cost=number % 4 * 10)
    slow = get(AccountSettings).model_copy(
        update={
            "password_memory_kib": 65_536,
            "password_rounds": 3,
            "password_threads": 1,
            "password_queue": 10,
            "password_wait_seconds": 2,
        }
    )

    async def guess(number: int) -> Response:
        assert isinstance(client._transport, ASGITransport)
        transport = ASGITransport(client._transport.app, client=(f"203.0.113.{number}", 1))
        async with AsyncClient(transport=transport, base_url="http://test") as caller:
            return await log_in(caller, ADA, OTHER_PASSWORD)

    hasher = PasswordHasher(slow)
    with provide(PasswordHasher, hasher):
        guesses = [asyncio.create_task(guess(number)) for number in range(40)]
        await asyncio.sleep(0.3)
        move(client, HOME)
        owner = await log_in_patiently(client)
        answers = await asyncio.gather(*guesses)
    hasher.close()
    assert owner.status_code == 201
    assert {answer.status_code for answer in answers} == {401, 503}
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.json()["error"]["code"] for answer in refused} == {"password_queue_full"}
    assert all(answer.headers["retry-after"] for answer in refused)
    checked = [answers[number].status_code == 401 for number in range(40)]
    assert sum(checked[0::4]) > sum(checked[3::4])  # those that failed most are refused first


async def request_from(client: AsyncClient, path: str, *emails: str, start: int = 0) -> list[int]:
    """Request an e-mail to each address, each time from another network."""
    statuses = []
    for number, email in enumerate(emails, start):
        move(client, f"203.0.113.{number}")
        statuses.append((await client.post(path, json={"email": email})).status_code)
    return statuses


async def test_requests_of_strangers_leave_the_last_link_valid(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    mailbox.mails.clear()
    assert await request_from(client, RESETS, *[ADA] * 9) == [202] * 9
    assert len(mailbox.mails) == 5
    move(client, HOME)
    assert (await client.post(RESETS, json={"email": ADA})).status_code == 202
    assert len(mailbox.mails) == 5
    reset = {"token": mailbox.token(), "password": OTHER_PASSWORD}
    assert (await client.post(f"{RESETS}/confirmations", json=reset)).status_code == 204


async def test_requests_for_addresses_without_an_account_spend_no_email_of_the_owner(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    mailbox.mails.clear()
    made_up = [f"ada+{number}@example.com" for number in range(9)]
    assert await request_from(client, RESETS, *made_up) == [202] * 9
    assert mailbox.mails == []
    assert await request_from(client, RESETS, ADA) == [202]
    assert len(mailbox.mails) == 1


async def test_the_tags_of_an_inbox_share_its_emails(client: AsyncClient, mailbox: Mailbox) -> None:
    tagged = [f"ada+{number}@example.com" for number in range(9)]
    assert await request_from(client, USERS, *tagged) == [202] * 9
    assert len(mailbox.mails) == 5
    assert await request_from(client, USERS, ADA, start=20) == [202]
    assert mailbox.mails[-1].to == ADA


async def test_one_client_cannot_fill_an_inbox(client: AsyncClient, mailbox: Mailbox) -> None:
    answers = [
        await client.post(RESETS, json={"email": f"a.d.a+{number}@googlemail.com"})
        for number in range(6)
    ]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert (await client.post(RESETS, json={"email": "ada@gmail.com"})).status_code == 429
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("setting", "others", "expected"),
    [
        ("account_mail_per_domain", "a@example.org", 202),
        ("account_mail_overall", "a@example.org", 429),
    ],
)
async def test_emails_to_new_addresses_are_limited_but_resets_are_not(
    client: AsyncClient,
    register: Register,
    mailbox: Mailbox,
    setting: str,
    others: str,
    expected: int,
) -> None:
    await register(ADA)
    new = [f"user{number}@example.com" for number in range(4)]
    with changed(**{setting: "3/hour"}):
        assert await request_from(client, USERS, *new) == [202] * 3 + [429]
        assert await request_from(client, USERS, others, start=20) == [expected]
        assert await request_from(client, RESETS, ADA, start=30) == [202]
    assert mailbox.mails[-1].template == "reset_password"


@pytest.mark.parametrize(
    ("email", "inbox"),
    [
        ("Ada@Example.com", "ada@example.com"),
        ("ada+news+x@example.com", "ada@example.com"),
        ("a.da@example.com", "a.da@example.com"),
        ("A.d.a+x@Gmail.com", "ada@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
        ("+ada@example.com", "+ada@example.com"),
    ],
)
def test_an_inbox_has_no_tag(email: str, inbox: str) -> None:
    assert limits.inbox_of(email) == inbox
