"""A welcome is mailed the first time that an address of a user is verified, and never again."""

from httpx2 import AsyncClient

from tests.accounts.examples import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    Mailbox,
    Register,
    bearer,
    log_in,
    verify,
)

USERS, RESETS = "/api/v1/users", "/api/v1/password-resets"


def kinds(mailbox: Mailbox) -> list[str]:
    return [mail.template for mail in mailbox.mails]


async def test_a_verified_user_gets_a_welcome_email(register: Register, mailbox: Mailbox) -> None:
    await register(ADA)
    assert kinds(mailbox) == ["verify_address", "welcome"]
    welcome = mailbox.mails[-1]
    assert (welcome.to, welcome.link) == (ADA, None)
    assert welcome.subject.startswith("Welcome to ")


async def test_a_token_that_is_refused_brings_no_welcome(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    await client.post(USERS, json={"email": ADA})
    refused = await verify(client, "x" * 43)
    assert refused.status_code == 400
    assert kinds(mailbox) == ["verify_address"]


async def test_a_reset_that_verifies_the_address_brings_a_welcome(
    client: AsyncClient, mailbox: Mailbox
) -> None:
    await client.post(USERS, json={"email": ADA})
    await client.post(RESETS, json={"email": ADA})
    reset = {"token": mailbox.token(), "password": OTHER_PASSWORD}
    assert (await client.post(f"{RESETS}/confirmations", json=reset)).status_code == 204
    assert kinds(mailbox) == ["verify_address", "reset_password", "welcome"]


async def test_another_address_and_another_password_bring_no_second_welcome(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    change = {"email": "new@example.com", "current_password": PASSWORD}
    await client.patch(f"{USERS}/me", json=change, headers=headers)
    token = {"token": mailbox.token()}
    await client.post(f"{USERS}/me/address-confirmations", json=token, headers=headers)
    await client.post(RESETS, json={"email": "new@example.com"})
    reset = {"token": mailbox.token(), "password": OTHER_PASSWORD}
    assert (await client.post(f"{RESETS}/confirmations", json=reset)).status_code == 204
    assert kinds(mailbox)[2:] == [
        "change_address",
        "address_changed",
        "reset_password",
        "password_changed",
    ]
