"""A new password is neither common, nor about its user, nor partly invisible."""

import pytest
from httpx2 import AsyncClient
from pydantic import SecretStr

from app.about import NAME
from app.accounts.errors import WeakPassword
from app.accounts.password_rules import require_strong_password
from tests.accounts.examples import ADA, OTHER_PASSWORD, PASSWORD, Mailbox, Register, bearer, log_in

USERS, RESETS = "/api/v1/users", "/api/v1/password-resets"
CONFIRMATIONS = "/api/v1/email-verifications/confirmations"
COMMON = "iloveyou1234"


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "PassWord1234",
        "\uff50assword1234",  # NFKC makes a letter of it
        "qwertyuiop[]",
        "abababababababababab",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "ada.lovelace@example.com",
        "ADA_LOVELACE-2026",
        "AdaLovelace!Example1",
        f"{NAME} {NAME} {NAME} {NAME} 2026",
        f"{NAME}-ada-lovelace-1",
    ],
)
async def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        await require_strong_password(SecretStr(password), email="ada.lovelace@example.com")


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        OTHER_PASSWORD,
        "Ångström ﬁrst café",
        "adagio for strings",
        "h7#kP0!vQ2zR",
        "日本語のとても長い合言葉",
    ],
)
async def test_other_passwords_are_accepted(password: str) -> None:
    await require_strong_password(SecretStr(password), email="ada@example.com")


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u00ad", "\u2060", "\u3164", "\ufe0f", "\x07", "\u202e"]
)
async def test_an_invisible_character_is_refused(
    client: AsyncClient, mailbox: Mailbox, hidden: str
) -> None:
    await client.post(USERS, json={"email": ADA})
    given = {"token": mailbox.token(), "password": f"correct horse{hidden} battery"}
    refused = await client.post(CONFIRMATIONS, json=given)
    assert refused.status_code == 400
    message = refused.json()["error"]["details"][0]["message"]
    assert f"U+{ord(hidden):04X}" in message
    assert "horse" not in refused.text


async def test_every_way_to_choose_a_password_refuses_a_common_one(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await client.post(USERS, json={"email": "bob@example.com"})
    verification = {"token": mailbox.token(), "password": COMMON}
    await register(ADA)
    headers = bearer(await log_in(client))
    await client.post(RESETS, json={"email": ADA})
    reset = {"token": mailbox.token(), "password": COMMON}
    change = {"current_password": PASSWORD, "password": COMMON}
    answers = [
        await client.post(CONFIRMATIONS, json=verification),
        await client.post(f"{RESETS}/confirmations", json=reset),
        await client.put(f"{USERS}/me/password", json=change, headers=headers),
    ]
    for answer in answers:
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "weak_password"
        assert answer.json()["error"]["details"][0]["field"] == "body.password"
    strong = reset | {"password": OTHER_PASSWORD}  # the link is still valid
    assert (await client.post(f"{RESETS}/confirmations", json=strong)).status_code == 204


@pytest.mark.usefixtures("without_mail")
async def test_without_mail_a_sign_up_refuses_a_common_password(client: AsyncClient) -> None:
    answer = await client.post(USERS, json={"email": ADA, "password": COMMON})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "weak_password"
