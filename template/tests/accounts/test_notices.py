"""The address of a user is told of changes that somebody else could have made."""

import pytest
from httpx2 import ASGITransport, AsyncClient

from app.about import NAME
from tests.accounts.examples import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    Mailbox,
    Register,
    bearer,
    log_in,
    run_jobs_after,
)
from tests.conftest import ClientFor, delete_account

ME = "/api/v1/users/me"
RESETS = "/api/v1/password-resets"


def last(mailbox: Mailbox) -> tuple[str, str]:
    return mailbox.mails[-1].to, mailbox.mails[-1].template


def come_from(client: AsyncClient, address: str, *, browser: str = "Firefox/140.0") -> None:
    """Let a client send from an address."""
    transport = client._transport
    assert isinstance(transport, ASGITransport)
    transport.client = (address, 1234)
    client.headers["User-Agent"] = browser


async def test_the_old_address_is_told_that_it_was_replaced(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    change = {"email": "new@example.com", "current_password": PASSWORD}
    await client.patch(ME, json=change, headers=headers)
    assert last(mailbox) == ("new@example.com", "change_address")
    token = {"token": mailbox.token()}
    await client.post(f"{ME}/address-confirmations", json=token, headers=headers)
    assert last(mailbox) == (ADA, "address_changed")
    assert "new@example.com" not in mailbox.mails[-1].text


async def test_a_link_to_another_address_needs_the_session_of_its_user(
    client: AsyncClient, client_for: ClientFor, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    change = {"email": "victim@example.com", "current_password": PASSWORD}
    await client.patch(ME, json=change, headers=headers)
    token = {"token": mailbox.token()}
    victim = await client_for("other@example.com")
    for caller, status in ((client, 401), (victim, 400)):
        answer = await caller.post(f"{ME}/address-confirmations", json=token)
        assert answer.status_code == status
    as_sign_up = token | {"password": OTHER_PASSWORD}
    answer = await client.post("/api/v1/email-verifications/confirmations", json=as_sign_up)
    assert answer.status_code == 400
    assert (await client.get(ME, headers=headers)).json()["data"]["email"] == ADA


async def test_a_changed_password_is_told(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    change = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    assert (await client.put(f"{ME}/password", json=change, headers=headers)).status_code == 204
    assert last(mailbox) == (ADA, "password_changed")
    await client.post(RESETS, json={"email": ADA})
    reset = {"token": mailbox.token(), "password": PASSWORD}
    assert (await client.post(f"{RESETS}/confirmations", json=reset)).status_code == 204
    assert last(mailbox) == (ADA, "password_changed")
    assert "UTC from 127.0.0.1" in mailbox.mails[-1].text
    assert "If it was not you" in mailbox.mails[-1].text


async def test_a_deletion_is_told(client_for: ClientFor, mailbox: Mailbox) -> None:
    ada = await client_for(ADA)
    ada.event_hooks["response"].append(run_jobs_after)
    assert (await delete_account(ada)).status_code == 204
    assert last(mailbox) == (ADA, "account_deleted")
    assert NAME in mailbox.mails[-1].subject


@pytest.mark.parametrize(
    ("address", "browser", "is_told"),
    [
        ("203.0.113.9", "Firefox/141.0", False),  # the same network, and an update
        ("198.51.100.7", "Firefox/140.0", True),
        ("203.0.113.9", "curl/8", True),
        ("nonsense", "Firefox/140.0", True),
    ],
)
async def test_a_log_in_from_elsewhere_is_told_once(
    client: AsyncClient,
    register: Register,
    mailbox: Mailbox,
    address: str,
    browser: str,
    *,
    is_told: bool,
) -> None:
    await register(ADA)
    mailbox.mails.clear()
    come_from(client, "203.0.113.7")
    opened = bearer(await log_in(client))
    assert mailbox.mails == []  # the first device
    await client.delete("/api/v1/sessions/current", headers=opened)
    come_from(client, address, browser=browser)
    for _ in range(2):
        assert (await log_in(client)).status_code == 201
    assert [mail.template for mail in mailbox.mails] == ["new_device"] * is_told
    assert "Firefox" not in str([mail.text for mail in mailbox.mails])


@pytest.mark.usefixtures("without_mail")
async def test_without_mail_no_message_is_sent(client: AsyncClient, mailbox: Mailbox) -> None:
    await client.post("/api/v1/users", json={"email": ADA, "password": PASSWORD})
    for address in ("203.0.113.7", "198.51.100.7"):
        come_from(client, address)
        headers = bearer(await log_in(client))
    change = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    await client.put(f"{ME}/password", json=change, headers=headers)
    assert mailbox.mails == []
