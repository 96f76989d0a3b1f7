from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.about import NAME
from app.accounts.models import EmailToken, Role, User, UserSession
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
from tests.conftest import AssertQueries, ClientFor

USERS = "/api/v1/users"
ME = f"{USERS}/me"
CONFIRMATION, DELETIONS = f"{ME}/address-confirmations", f"{ME}/deletions"
RESETS = "/api/v1/password-resets"
NOBODY = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


async def test_reading_oneself_takes_one_statement(
    client_for: ClientFor, assert_queries: AssertQueries
) -> None:
    ada = await client_for(ADA)
    with assert_queries(1):
        me = await ada.get(ME)
    assert me.json()["data"]["email"] == ADA


async def test_a_new_address_counts_once_it_is_verified(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    change = {"email": "Countess@example.com", "current_password": PASSWORD}
    changed = await client.patch(ME, json=change, headers=headers)
    assert changed.status_code == 200
    assert changed.json()["data"]["email"] == ADA
    assert mailbox.mails[-1].to == "Countess@example.com"
    token = {"token": mailbox.token()}
    verified = await client.post(CONFIRMATION, json=token, headers=headers)
    assert verified.status_code == 204
    assert (await client.get(ME, headers=headers)).json()["data"]["email"] == "Countess@example.com"
    assert (await log_in(client, "countess@example.com")).status_code == 201
    assert (await log_in(client, ADA)).status_code == 401


async def test_a_new_address_that_is_taken_gets_the_same_answer_and_stays_where_it_is(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    await register(BOB)
    headers = bearer(await log_in(client))
    answers = []
    for email in (BOB, "free@example.com"):
        change = {"email": email, "current_password": PASSWORD}
        answers.append(await client.patch(ME, json=change, headers=headers))
    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].json() == answers[1].json()
    assert [mail.subject for mail in mailbox.mails[-2:]] == [
        f"You already have an account at {NAME}",
        f"Use this address for {NAME}",
    ]


async def test_an_address_that_was_taken_meanwhile_is_a_conflict(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    change = {"email": BOB, "current_password": PASSWORD}
    await client.patch(ME, json=change, headers=headers)
    token = {"token": mailbox.token()}
    await register(BOB)
    refused = await client.post(CONFIRMATION, json=token, headers=headers)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "email_taken"


@pytest.mark.usefixtures("without_mail")
async def test_without_mail_a_new_address_counts_at_once(client: AsyncClient) -> None:
    for email in (ADA, BOB):
        await client.post(USERS, json={"email": email, "password": PASSWORD})
    headers = bearer(await log_in(client))
    change = {"email": "new@example.com", "current_password": PASSWORD}
    changed = await client.patch(ME, json=change, headers=headers)
    assert changed.json()["data"]["email"] == "new@example.com"
    taken = await client.patch(ME, json=change | {"email": BOB}, headers=headers)
    assert taken.status_code == 409
    assert taken.json()["error"]["code"] == "email_taken"


@pytest.mark.parametrize(
    ("method", "path", "change"),
    [
        ("PATCH", ME, {"email": "new@example.com"}),
        ("PUT", f"{ME}/password", {"password": OTHER_PASSWORD}),
        ("POST", DELETIONS, {}),
    ],
)
async def test_changing_or_deleting_an_account_needs_the_present_password(
    client: AsyncClient,
    register: Register,
    mailbox: Mailbox,
    method: str,
    path: str,
    change: dict[str, str],
) -> None:
    await register(ADA)
    headers = bearer(await log_in(client))
    wrong = change | {"current_password": OTHER_PASSWORD}
    refused = await client.request(method, path, json=wrong, headers=headers)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "incorrect_password"
    without = await client.request(method, path, json=change, headers=headers)
    assert without.status_code == 422
    assert [mail.template for mail in mailbox.mails] == ["verify_address", "welcome"]


async def test_a_new_password_ends_the_other_sessions_and_voids_a_link_to_reset_it(
    client: AsyncClient, register: Register, mailbox: Mailbox
) -> None:
    await register(ADA)
    here, there = bearer(await log_in(client)), bearer(await log_in(client))
    await client.post(RESETS, json={"email": ADA})
    token = mailbox.token()
    change = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    changed = await client.put(f"{ME}/password", json=change, headers=here)
    assert changed.status_code == 204
    assert (await client.get(ME, headers=here)).status_code == 200
    assert (await client.get(ME, headers=there)).status_code == 401
    assert (await log_in(client, ADA, PASSWORD)).status_code == 401
    assert (await log_in(client, ADA, OTHER_PASSWORD)).status_code == 201
    reset = {"token": token, "password": "a third one, quite long"}
    assert (await client.post(f"{RESETS}/confirmations", json=reset)).status_code == 400


async def test_deleting_an_account_deletes_all_of_its_rows(
    client: AsyncClient, register: Register, session: AsyncSession
) -> None:
    await register(ADA)
    await register(BOB)
    headers = bearer(await log_in(client))
    await client.post(RESETS, json={"email": ADA})
    given = {"current_password": PASSWORD}
    assert (await client.post(DELETIONS, json=given, headers=headers)).status_code == 204
    assert (await client.get(ME, headers=headers)).status_code == 401
    assert list(await session.scalars(select(User.email))) == [BOB]
    for table in (UserSession, EmailToken):
        assert await session.scalar(select(func.count()).select_from(table)) == 0


ROUTES_OF_USERS = [
    ("GET", ME, None),
    ("PATCH", ME, {"email": ADA, "current_password": PASSWORD}),
    ("POST", CONFIRMATION, {"token": "x" * 43}),
    ("POST", DELETIONS, {"current_password": PASSWORD}),
    ("PUT", f"{ME}/password", {"current_password": PASSWORD, "password": OTHER_PASSWORD}),
    ("GET", "/api/v1/sessions", None),
    ("GET", f"/api/v1/sessions/{NOBODY}", None),
    ("DELETE", f"/api/v1/sessions/{NOBODY}", None),
    ("GET", "/api/v1/sessions/current", None),
    ("DELETE", "/api/v1/sessions/current", None),
]
ROUTES_OF_ADMINS = [
    ("GET", USERS, None),
    ("GET", f"{USERS}/{NOBODY}", None),
    ("PATCH", f"{USERS}/{NOBODY}", {"role": "admin"}),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES_OF_USERS + ROUTES_OF_ADMINS)
async def test_every_route_of_users_needs_a_log_in(
    client: AsyncClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    refused = await client.request(method, path, json=body)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path", "body"), ROUTES_OF_ADMINS)
async def test_routes_for_administrators_are_refused_to_users(
    client_for: ClientFor, method: str, path: str, body: dict[str, Any] | None
) -> None:
    ada, bob = await client_for(ADA), await client_for(BOB)
    his_id = (await bob.get(ME)).json()["data"]["id"]
    for target in (path, path.replace(NOBODY, his_id)):
        refused = await ada.request(method, target, json=body)
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "insufficient_role"


async def test_administrators_list_users_in_pages_filtered_and_sorted(
    client_for: ClientFor, assert_queries: AssertQueries
) -> None:
    admin = await client_for("root@example.com", role=Role.ADMIN)
    for name in "CAB":
        await client_for(f"{name}@example.com")
    with assert_queries(2):
        first = (await admin.get(USERS, params={"sort": "email", "limit": 3})).json()
    query = {"sort": "email", "limit": 3, "cursor": first["meta"]["next_cursor"]}
    rest = (await admin.get(USERS, params=query)).json()
    assert rest["meta"]["next_cursor"] is None
    emails = [user["email"] for user in first["data"] + rest["data"]]
    assert emails == ["A@example.com", "B@example.com", "C@example.com", "root@example.com"]
    assert "password" not in str(first)

    async def listed(**query: str) -> list[str]:
        page = await admin.get(USERS, params=query)
        return [user["email"] for user in page.json()["data"]]

    assert await listed(role="admin") == ["root@example.com"]
    assert await listed(email="b@EXAMPLE.com") == ["B@example.com"]
    assert await listed(created_since="2100-01-01T00:00:00Z") == []


async def test_an_administrator_makes_others_and_unmakes_them(client_for: ClientFor) -> None:
    admin = await client_for("root@example.com", role=Role.ADMIN)
    ada = await client_for(ADA)
    ada_id = (await ada.get(ME)).json()["data"]["id"]
    for role, status in (("admin", 200), ("user", 403)):
        changed = await admin.patch(f"{USERS}/{ada_id}", json={"role": role})
        assert changed.json()["data"]["role"] == role
        assert (await ada.get(f"{USERS}/{ada_id}")).status_code == status


async def test_a_disabled_account_is_logged_out_everywhere_until_it_is_enabled(
    client: AsyncClient, client_for: ClientFor, register: Register
) -> None:
    user = await register(ADA)
    headers = bearer(await log_in(client))
    admin = await client_for("root@example.com", role=Role.ADMIN)
    disabled = await admin.patch(f"{USERS}/{user.id}", json={"disabled": True})
    assert disabled.json()["data"]["disabled_at"]
    assert (await client.get(ME, headers=headers)).status_code == 401
    assert (await log_in(client)).status_code == 401
    enabled = await admin.patch(f"{USERS}/{user.id}", json={"disabled": False})
    assert enabled.json()["data"]["disabled_at"] is None
    assert (await client.get(ME, headers=headers)).status_code == 401
    assert (await log_in(client)).status_code == 201


@pytest.mark.parametrize("change", [{"role": "user"}, {"disabled": True}])
async def test_administrators_do_not_change_their_own_role(
    client_for: ClientFor, change: dict[str, Any]
) -> None:
    admin = await client_for("root@example.com", role=Role.ADMIN)
    own_id = (await admin.get(ME)).json()["data"]["id"]
    refused = await admin.patch(f"{USERS}/{own_id}", json=change)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "cannot_change_own_account"


@pytest.mark.parametrize("change", [{}, {"role": "king"}, {"role": None}, {"email": ADA}])
async def test_a_change_that_cannot_be_is_refused(
    client_for: ClientFor, change: dict[str, Any]
) -> None:
    admin = await client_for("root@example.com", role=Role.ADMIN)
    assert (await admin.patch(f"{USERS}/{NOBODY}", json=change)).status_code == 422


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_an_unknown_user_is_not_found(client_for: ClientFor, method: str) -> None:
    admin = await client_for("root@example.com", role=Role.ADMIN)
    body = {"role": "user"} if method == "PATCH" else None
    missing = await admin.request(method, f"{USERS}/{NOBODY}", json=body)
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "user_not_found"
