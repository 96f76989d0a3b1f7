import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.about import NAME
from app.accounts.models import EmailToken, User
from tests.accounts.examples import (
    ADA,
    BOB,
    CONFIRMATIONS,
    OTHER_PASSWORD,
    PASSWORD,
    Mailbox,
    Register,
    bearer,
    log_in,
    verify,
)

USERS = "/api/v1/users"
VERIFICATIONS = "/api/v1/email-verifications"


async def test_a_user_signs_up_verifies_the_address_and_logs_in(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    signed_up = await client.post(USERS, json={"email": "Ada@Example.com"})
    assert signed_up.status_code == 202
    assert signed_up.json()["data"] == {"email": "Ada@Example.com", "next": "verify_address"}
    assert [mail.to for mail in mailbox.mails] == ["Ada@Example.com"]
    assert (await log_in(client)).status_code == 401
    verified = await verify(client, mailbox.token())
    assert (verified.status_code, verified.content) == (204, b"")
    me = await client.get(f"{USERS}/me", headers=bearer(await log_in(client, "ADA@example.com")))
    account = me.json()["data"]
    assert (account["email"], account["role"]) == ("Ada@Example.com", "user")
    assert account["verified_at"]
    assert "password" not in me.text


async def test_a_taken_address_gets_the_same_answer_and_another_mail(
    client: AsyncClient, mailbox: Mailbox, register: Register
) -> None:
    await register(ADA)
    again = await client.post(USERS, json={"email": ADA.upper()})
    new = await client.post(USERS, json={"email": BOB})
    assert again.status_code == new.status_code == 202
    assert again.json() == {"data": {"email": ADA.upper(), "next": "verify_address"}}
    assert again.headers.keys() == new.headers.keys()
    assert "already have an account" in mailbox.mails[-2].subject
    assert mailbox.mails[-2].to == ADA
    assert (await log_in(client, ADA, OTHER_PASSWORD)).status_code == 401
    assert (await log_in(client, ADA, PASSWORD)).status_code == 201


async def test_a_sign_up_for_the_address_of_somebody_else_gives_no_access(
    client: AsyncClient, mailbox: Mailbox, session: AsyncSession
) -> None:
    await client.post(USERS, json={"email": ADA})
    await client.post(USERS, json={"email": ADA.upper()})  # a stranger, whose mail is the newest
    assert [await session.scalar(select(User.password_hash)), len(mailbox.mails)] == [None, 2]
    assert (await verify(client, mailbox.token(), PASSWORD)).status_code == 204
    assert (await log_in(client, ADA, OTHER_PASSWORD)).status_code == 401
    assert (await log_in(client, ADA, PASSWORD)).status_code == 201


async def test_an_earlier_link_stays_valid_until_one_of_them_is_used(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    tokens = []
    for path in (USERS, USERS, VERIFICATIONS, "/api/v1/password-resets"):
        await client.post(path, json={"email": ADA})
        tokens.append(mailbox.token())
    assert (await verify(client, tokens[0])).status_code == 204
    for token in tokens[1:3]:
        assert (await verify(client, token, OTHER_PASSWORD)).status_code == 400
    reset = {"token": tokens[3], "password": OTHER_PASSWORD}
    assert (
        await client.post("/api/v1/password-resets/confirmations", json=reset)
    ).status_code == 400
    assert (await log_in(client)).status_code == 201


async def test_of_two_who_verify_at_once_with_two_links_one_chooses_the_password(
    client: AsyncClient, mailbox: Mailbox, committed_database: AsyncEngine
) -> None:
    assert committed_database
    tokens = []
    for _ in range(4):
        await client.post(USERS, json={"email": ADA})
        tokens.append(mailbox.token())
    passwords = [f"password number {number}" for number in range(4)]
    answers = await asyncio.gather(
        *(verify(client, *pair) for pair in zip(tokens, passwords, strict=True))
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [204] + [400] * 3
    assert (await log_in(client, ADA, passwords[statuses.index(204)])).status_code == 201


async def test_a_link_of_the_sign_up_does_not_change_a_verified_account(
    client: AsyncClient, mailbox: Mailbox, session: AsyncSession
) -> None:
    await client.post(USERS, json={"email": ADA})
    await session.execute(update(User).values(verified_at=func.now()))
    await session.commit()
    assert (await verify(client, mailbox.token())).status_code == 400


async def test_messages_name_the_service_and_tell_two_requests_apart(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    for path in (USERS, VERIFICATIONS, "/api/v1/password-resets"):
        await client.post(path, json={"email": ADA})
        mail = mailbox.mails[-1]
        assert NAME in mail.subject
        assert NAME in mail.text
        assert re.search(r"\(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC from 127\.0\.0\.1\)\.", mail.text)
        assert "If it was not you, ignore this message" in mail.text


async def test_the_link_asks_for_the_password_where_there_is_one_to_send(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    early = await client.post(USERS, json={"email": ADA, "password": PASSWORD})
    assert early.status_code == 400
    assert early.json()["error"]["code"] == "unexpected_password"
    assert mailbox.mails == []


@pytest.mark.usefixtures("without_mail")
async def test_without_mail_a_sign_up_needs_a_password(client: AsyncClient) -> None:
    missing = await client.post(USERS, json={"email": ADA})
    assert missing.status_code == 400
    assert missing.json()["error"]["code"] == "password_required"


async def test_of_many_sign_ups_at_once_one_account_remains(
    client: AsyncClient, mailbox: Mailbox, committed_database: AsyncEngine, session: AsyncSession
) -> None:
    assert committed_database
    new = {"email": ADA}
    answers = await asyncio.gather(*(client.post(USERS, json=new) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [202] * 5
    assert await session.scalar(select(func.count()).select_from(User)) == 1
    assert len(mailbox.mails) == 5


@pytest.mark.usefixtures("without_mail", "committed_database")
async def test_without_mail_the_account_is_ready_and_of_many_at_once_one_wins(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    new = {"email": ADA, "password": PASSWORD}
    answers = await asyncio.gather(*(client.post(USERS, json=new) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 4
    refused = max(answers, key=lambda answer: answer.status_code)
    assert refused.json()["error"]["code"] == "email_taken"
    assert (await log_in(client)).status_code == 201
    assert mailbox.mails == []


@pytest.mark.usefixtures("without_mail")
@pytest.mark.parametrize("path", [VERIFICATIONS, "/api/v1/password-resets"])
async def test_without_mail_no_link_can_be_asked_for(client: AsyncClient, path: str) -> None:
    refused = await client.post(path, json={"email": ADA})
    assert refused.status_code == 404
    assert refused.json()["error"]["code"] == "email_disabled"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "ada"}, "body.email"),
        ({"email": "ada@example"}, "body.email"),
        ({"email": "ada@example.com\nBcc: bob@example.com"}, "body.email"),
        ({"email": "ada@example.com,bob@example.com"}, "body.email"),
        ({"email": "ädä@example.com"}, "body.email"),
        ({"email": f"{'a' * 65}@example.com"}, "body.email"),
        ({"email": f"a@{'a.' * 130}com"}, "body.email"),
        ({"password": "eleven char"}, "body.password"),
        ({"password": "x" * 129}, "body.password"),
        ({"role": "admin"}, "body.role"),
        ({"verified_at": "2026-01-01T00:00:00Z"}, "body.verified_at"),
    ],
)
async def test_a_sign_up_that_cannot_be_is_refused_by_field(
    client: AsyncClient, mailbox: Mailbox, change: dict[str, Any], field: str
) -> None:
    refused = await client.post(USERS, json={"email": ADA} | change)
    assert refused.status_code == 422
    assert [detail["field"] for detail in refused.json()["error"]["details"]] == [field]
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CONFIRMATIONS, b'{"token": "\\ud800"}'),
        (USERS, b'{"email": "ada@example.com", "password": "\\ud800 twelve or more"}'),
        ("/api/v1/sessions", b'{"email": "ada@example.com", "password": "\\ud800"}'),
        ("/api/v1/sessions", b'{"email": "ada@example.com", "password": "a\\u0000b"}'),
    ],
)
async def test_text_that_is_no_text_is_no_failure_of_the_service(
    client: AsyncClient, path: str, body: bytes
) -> None:
    answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 401, 422}


async def test_another_link_can_be_asked_for_until_the_address_is_verified(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    await client.post(USERS, json={"email": ADA})
    waiting = await client.post(VERIFICATIONS, json={"email": ADA})
    unknown = await client.post(VERIFICATIONS, json={"email": BOB})
    assert [mail.to for mail in mailbox.mails] == [ADA, ADA]
    await verify(client, mailbox.token())
    verified = await client.post(VERIFICATIONS, json={"email": ADA})
    assert waiting.status_code == unknown.status_code == verified.status_code == 202
    assert waiting.json() == verified.json() == {"data": {"email": ADA}}
    assert unknown.json() == {"data": {"email": BOB}}
    assert [mail.template for mail in mailbox.mails] == ["verify_address"] * 2 + ["welcome"]


async def test_a_token_to_verify_works_once_and_for_a_time(
    client: AsyncClient, mailbox: Mailbox, session: AsyncSession
) -> None:
    await client.post(USERS, json={"email": ADA})
    token = mailbox.token()
    past = datetime.now(UTC) - timedelta(seconds=1)
    await session.execute(update(EmailToken).values(expires_at=past))
    await session.commit()
    too_old = await verify(client, token)
    assert too_old.status_code == 400
    assert too_old.json()["error"]["code"] == "invalid_token"
    await client.post(VERIFICATIONS, json={"email": ADA})
    token = mailbox.token()
    assert (await verify(client, token)).status_code == 204
    used = await verify(client, token)
    unknown = await verify(client, "x" * 43)
    assert used.status_code == unknown.status_code == 400
    assert used.json()["error"]["code"] == unknown.json()["error"]["code"] == "invalid_token"


async def test_a_token_is_good_for_its_purpose_only(
    client: AsyncClient, mailbox: Mailbox, register: Register
) -> None:
    await register(ADA)
    await client.post("/api/v1/password-resets", json={"email": ADA})
    assert (await verify(client, mailbox.token())).status_code == 400


async def test_one_client_can_request_a_few_emails_an_hour_to_an_address(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    for number in range(6):
        answer = await client.post(VERIFICATIONS, json={"email": [ADA, ADA.upper()][number % 2]})
    assert answer.status_code == 429
    assert answer.headers["retry-after"]
    assert (await client.post(VERIFICATIONS, json={"email": BOB})).status_code == 202
    assert mailbox.mails == []
