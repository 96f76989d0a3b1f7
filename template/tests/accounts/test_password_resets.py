import asyncio
from datetime import UTC, datetime, timedelta

from httpx2 import AsyncClient
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import EmailToken, User
from tests.accounts.examples import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    Mailbox,
    Register,
    bearer,
    log_in,
)

USERS = "/api/v1/users"
ME = f"{USERS}/me"
RESETS = "/api/v1/password-resets"


async def test_a_forgotten_password_is_reset_by_mail_and_every_session_ends(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    asked = await client.post(RESETS, json={"email": ADA.upper()})
    assert (asked.status_code, mailbox.mails[-1].to) == (202, ADA)
    reset = {"token": mailbox.token(), "password": OTHER_PASSWORD}
    done = await client.post(f"{RESETS}/confirmations", json=reset)
    assert done.status_code == 204
    assert (await client.get(ME, headers=headers)).status_code == 401
    assert (await log_in(client, ADA, PASSWORD)).status_code == 401
    assert (await log_in(client, ADA, OTHER_PASSWORD)).status_code == 201
    again = await client.post(f"{RESETS}/confirmations", json=reset)
    assert again.status_code == 400
    assert again.json()["error"]["code"] == "invalid_token"


async def test_a_reset_verifies_the_address_that_it_was_mailed_to(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    await client.post(USERS, json={"email": ADA})
    await client.post(RESETS, json={"email": ADA})
    reset = {"token": mailbox.token(), "password": OTHER_PASSWORD}
    assert (await client.post(f"{RESETS}/confirmations", json=reset)).status_code == 204
    assert (await log_in(client, ADA, OTHER_PASSWORD)).status_code == 201


async def test_a_request_for_a_reset_does_not_reveal_accounts(
    client: AsyncClient, register: Register, session: AsyncSession, mailbox: Mailbox
) -> None:
    await register(ADA)
    await register(BOB)
    await session.execute(update(User).where(User.email == BOB).values(disabled_at=func.now()))
    await session.commit()
    mailbox.mails.clear()
    emails = (ADA, BOB, "nobody@example.com")
    answers = [await client.post(RESETS, json={"email": email}) for email in emails]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert [answer.json() for answer in answers] == [{"data": {"email": e}} for e in emails]
    assert len({tuple(answer.headers) for answer in answers}) == 1
    assert [mail.to for mail in mailbox.mails] == [ADA]


async def test_an_expired_or_misaddressed_reset_token_is_void(
    client: AsyncClient, register: Register, session: AsyncSession, mailbox: Mailbox
) -> None:
    await register(ADA)
    await client.post(RESETS, json={"email": ADA})
    token = mailbox.token()

    async def status() -> int:
        reset = {"token": token, "password": OTHER_PASSWORD}
        return (await client.post(f"{RESETS}/confirmations", json=reset)).status_code

    await session.execute(update(User).values(email_key="moved@example.com"))
    await session.commit()
    assert await status() == 400
    await session.execute(update(User).values(email_key=ADA))
    past = datetime.now(UTC) - timedelta(seconds=1)
    await session.execute(update(EmailToken).values(expires_at=past))
    await session.commit()
    assert await status() == 400
    assert (await log_in(client)).status_code == 201


async def test_of_two_who_bring_one_reset_token_at_once_exactly_one_wins(
    client: AsyncClient, register: Register, mailbox: Mailbox, committed_database: AsyncEngine
) -> None:
    assert committed_database
    await register(ADA)
    await client.post(RESETS, json={"email": ADA})
    token = mailbox.token()
    passwords = [f"password number {number}" for number in range(6)]
    answers = await asyncio.gather(
        *(
            client.post(f"{RESETS}/confirmations", json={"token": token, "password": password})
            for password in passwords
        )
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [204] + [400] * 5
    opened = await log_in(client, ADA, passwords[statuses.index(204)])
    assert opened.status_code == 201
