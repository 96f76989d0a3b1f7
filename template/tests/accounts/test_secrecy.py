"""Nothing tells who has an account, and no secret gets to where others read."""

import io
from collections.abc import Iterator
from contextlib import closing
from time import perf_counter

import httpx2
import orjson
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.accounts.models import EmailToken, User, UserSession
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import LogIn, PasswordChange, PasswordReset, SignUp
from app.core.db import AsyncSessionLocal
from app.core.email import EmailBackend, EmailMessage, EmailNotSent
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.services import provide
from tests.accounts.examples import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    Mailbox,
    Register,
    bearer,
    log_in,
    run_jobs_after,
)
from tests.conftest import FAST_PASSWORDS

USERS = "/api/v1/users"
RESETS = "/api/v1/password-resets"
NOBODY = "nobody@example.com"


@pytest.fixture
def slow_passwords(app: FastAPI) -> Iterator[None]:
    """Hash slowly enough for the time of it to stand out."""
    assert app
    changes = {"password_memory_kib": 8192, "password_rounds": 3}
    slow = FAST_PASSWORDS.model_copy(update=changes)
    with closing(PasswordHasher(slow)) as hasher, provide(PasswordHasher, hasher):
        yield


@pytest.mark.usefixtures("slow_passwords")
async def test_a_log_in_takes_as_long_for_an_unknown_address_as_for_a_wrong_password(
    client: httpx2.AsyncClient, register: Register
) -> None:
    await register(ADA)
    seconds: dict[str, list[float]] = {ADA: [], NOBODY: []}
    for _ in range(12):
        for email, times in seconds.items():
            with provide(RateLimitBackend, InMemoryRateLimitBackend()):
                started = perf_counter()
                assert (await log_in(client, email, OTHER_PASSWORD)).status_code == 401
                times.append(perf_counter() - started)
    ratio = min(seconds[NOBODY]) / min(seconds[ADA])  # noise only adds
    assert 0.4 < ratio < 2.5, seconds


async def test_requesting_a_link_does_the_same_work_for_an_unknown_address(
    client: httpx2.AsyncClient, register: Register
) -> None:
    await register(ADA)
    for path in (RESETS, "/api/v1/email-verifications"):
        work = []
        for email in (ADA, NOBODY):
            response = await client.post(path, json={"email": email})
            assert response.status_code == 202
            work.append(response.headers["server-timing"].rpartition(";")[2])
        assert work[0] == work[1]


async def test_a_sign_up_does_the_same_work_for_a_taken_address(
    client: httpx2.AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    work = []
    for email in (ADA, NOBODY):
        answer = await client.post(USERS, json={"email": email})
        work.append(answer.headers["server-timing"].rpartition(";")[2])
    assert work[0] == work[1]
    assert "queries" in work[0]
    assert len(mailbox.mails) == 4


class LateMailbox(Mailbox):
    """Looks, when it is given a letter, whether others see the letter's token by then."""

    async def send(self, message: EmailMessage) -> None:
        async with AsyncSessionLocal() as session:
            assert await session.scalar(select(EmailToken.email)) == message.to
        await super().send(message)


async def test_an_email_is_sent_after_the_commit_and_not_after_a_failure(
    client: httpx2.AsyncClient, committed_database: AsyncEngine, session: AsyncSession
) -> None:
    client.event_hooks["response"].append(run_jobs_after)
    with provide(EmailBackend, mailbox := LateMailbox()):
        given = {"email": ADA}
        await client.post(USERS, json=given)
        assert [mail.to for mail in mailbox.mails] == [ADA]
        async with committed_database.begin() as connection:
            await connection.exec_driver_sql(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN RAISE EXCEPTION 'no'; END$$"
            )
            await connection.exec_driver_sql(
                "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON users DEFERRABLE "
                "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        failed = await client.post(USERS, json={"email": BOB})
        assert failed.status_code >= 500
        assert len(mailbox.mails) == 1
    assert session


class TalkativeFailure(Mailbox):
    """Fails with the letter in its error, as a library might."""

    async def send(self, message: EmailMessage) -> None:
        await super().send(message)
        raise EmailNotSent(message.text) from ConnectionError(f"{message} {message.text}")


@pytest.mark.usefixtures("committed_database")
async def test_no_log_line_holds_a_password_or_a_token(
    client: httpx2.AsyncClient,
    register: Register,
    log_stream: io.StringIO,
    session: AsyncSession,
) -> None:
    await register(ADA)
    opened = await log_in(client)
    await log_in(client, ADA, OTHER_PASSWORD)
    headers = bearer(opened)
    with provide(EmailBackend, mailbox := TalkativeFailure()):
        asked = await client.post(RESETS, json={"email": ADA})
    reset_token = mailbox.token()
    assert asked.status_code == 202
    bad = {"token": reset_token, "password": "short"}
    assert (await client.post(f"{RESETS}/confirmations", json=bad)).status_code == 422
    reset = {"token": reset_token, "password": OTHER_PASSWORD}
    assert (await client.post(f"{RESETS}/confirmations", json=reset)).status_code == 204
    await client.get(f"{USERS}/me", headers=headers)
    logged = log_stream.getvalue()
    lines = [orjson.loads(line) for line in logged.splitlines()]
    events = [line["event"] for line in lines]
    assert events.count("request") >= 8
    assert "failed" in [line["outcome"] for line in lines if line["event"] == "job"]
    token = headers["Authorization"].removeprefix("Bearer ")
    hashes = await session.scalars(select(User.password_hash))
    for secret in (PASSWORD, OTHER_PASSWORD, token, reset_token, *filter(None, hashes)):
        assert secret not in logged


async def test_no_answer_but_the_one_to_a_log_in_holds_a_secret(
    client: httpx2.AsyncClient, register: Register, session: AsyncSession
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    token = headers["Authorization"].removeprefix("Bearer ")
    long = {"email": ADA, "current_password": PASSWORD, "password": PASSWORD * 10}
    answers = [
        await client.get(f"{USERS}/me", headers=headers),
        await client.get("/api/v1/sessions", headers=headers),
        await client.put(f"{USERS}/me/password", json=long, headers=headers),
        await client.post(USERS, json=long),
        await client.post("/api/v1/sessions", json={"email": "x", "password": PASSWORD}),
        await client.post(f"{RESETS}/confirmations", json={"token": token, "password": "x"}),
        await client.post(f"{RESETS}/confirmations", json=[PASSWORD]),
    ]
    hashes = await session.scalars(select(User.password_hash))
    shown = "".join(answer.text + str(answer.headers) for answer in answers)
    for secret in (PASSWORD, token, *filter(None, hashes)):
        assert secret not in shown


async def test_a_fault_of_the_database_shows_no_secret(
    client: httpx2.AsyncClient, database: AsyncConnection, log_stream: io.StringIO
) -> None:
    await database.exec_driver_sql("ALTER TABLE users RENAME TO elsewhere")
    given = {"email": ADA}
    for path, body in ((USERS, given), ("/api/v1/sessions", given | {"password": PASSWORD})):
        answer = await client.post(path, json=body)
        assert answer.status_code == 500
        assert "users" not in answer.text
    logged = log_stream.getvalue()
    assert "request_failed" in logged
    assert PASSWORD not in logged
    assert "$argon2id" not in logged


def test_objects_with_a_secret_do_not_show_it() -> None:
    password, token = SecretStr(PASSWORD), SecretStr("hunter2" * 6)
    shown = repr(
        [
            SignUp(email=ADA, password=password),
            LogIn(email=BOB, password=password),
            PasswordChange(current_password=password, password=password),
            PasswordReset(token=token, password=password),
            User(email=ADA, password_hash=PASSWORD),
            UserSession(token_hash=b"hunter2"),
        ]
    )
    assert PASSWORD not in shown
    assert "hunter2" not in shown


def test_the_document_names_no_secret_of_ours(app: FastAPI) -> None:
    document = orjson.dumps(app.openapi()).decode()
    assert "password_hash" not in document
    assert "token_hash" not in document
    assert "$argon2" not in document
