"""Events of Resend change the state of an email and of its address."""

import asyncio
import io
import json
from itertools import permutations

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core.db import AsyncSessionLocal
from app.core.email import EmailMessage, enqueue_email
from app.integrations.resend.models import Email, EmailEvent, Suppression
from devtools.fakes.resend import FakeResend, Json, sign
from tests.conftest import ClientFor
from tests.core.jobs.running import run_jobs
from tests.integrations.resend.conftest import SECRET

URL = "/api/v1/resend/webhooks"
ADA = "Ada@example.com"
AT = "2026-11-22T23:41:12.126Z"


@pytest.fixture
async def mail(client: httpx2.AsyncClient, fake: FakeResend) -> Json:
    """A mail that Resend has taken, and the service knows that it has."""
    assert client
    await send()
    await run_jobs()
    return fake.mails[0]


async def send(to: str = ADA) -> None:
    async with AsyncSessionLocal.begin() as session:
        await enqueue_email(session, EmailMessage(to=to, subject="News", text="Hello."))


async def state(session: AsyncSession) -> str:
    return str(await session.scalar(select(Email.state)))


async def suppressions(session: AsyncSession) -> list[tuple[str, str]]:
    rows = await session.execute(select(Suppression.address_key, Suppression.reason))
    return [(row.address_key, row.reason) for row in rows]


async def post(client: httpx2.AsyncClient, body: Json | str, **headers: str) -> httpx2.Response:
    text = body if isinstance(body, str) else json.dumps(body)
    given = sign("msg_1", text, secret=SECRET) | headers
    return await client.post(URL, content=text, headers=given)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("email.sent", "sent"),
        ("email.delivery_delayed", "delayed"),
        ("email.delivered", "delivered"),
        ("email.failed", "failed"),
        ("email.suppressed", "suppressed"),
        ("email.bounced", "bounced"),
        ("email.complained", "complained"),
        ("email.opened", "sent"),
        ("email.clicked", "sent"),
    ],
)
async def test_an_event_changes_the_state_of_an_email(
    kind: str, expected: str, mail: Json, fake: FakeResend, session: AsyncSession
) -> None:
    assert await fake.tell(kind, mail) == 200
    assert await state(session) == expected


@pytest.mark.parametrize("order", [*permutations(["sent", "delivered", "bounced"])])
async def test_events_may_come_in_any_order(
    order: tuple[str, ...], mail: Json, fake: FakeResend, session: AsyncSession
) -> None:
    for kind in order:
        await fake.tell(f"email.{kind}", mail)
    assert await state(session) == "bounced"


async def test_an_event_may_come_before_we_know_that_the_mail_was_taken(
    fake: FakeResend, session: AsyncSession, client: httpx2.AsyncClient
) -> None:
    await send()
    email = (await session.scalars(select(Email))).one()
    tags = {"mail": str(email.id)}
    told = await post(
        client,
        {"type": "email.delivered", "created_at": AT, "data": {"email_id": "r1", "tags": tags}},
    )
    assert told.json()["data"] == {"outcome": "applied"}
    await run_jobs()
    assert (await state(session), fake.mails) == ("delivered", [])


async def test_an_event_without_our_tag_finds_the_mail_by_the_id_of_resend(
    mail: Json, session: AsyncSession, client: httpx2.AsyncClient
) -> None:
    for tags in (["mail"], None, {"mail": "x"}):
        data = {"email_id": mail["id"], "tags": tags}
        told = await post(client, {"type": "email.delivered", "created_at": AT, "data": data})
        assert told.status_code == 200
    assert await state(session) == "delivered"


async def test_an_event_that_comes_many_times_at_once_counts_once(
    mail: Json, fake: FakeResend, session: AsyncSession
) -> None:
    told = [fake.tell("email.bounced", mail, event_id="msg_1") for _ in range(20)]
    assert set(await asyncio.gather(*told)) == {200}
    assert await session.scalar(select(func.count()).select_from(EmailEvent)) == 1
    assert await suppressions(session) == [("ada@example.com", "bounced")]


async def test_an_event_that_comes_again_does_not_suppress_an_address_again(
    mail: Json, fake: FakeResend, session: AsyncSession, client_for: ClientFor
) -> None:
    admin = await client_for("root@example.com", role=Role.ADMIN)
    await fake.tell("email.bounced", mail, event_id="msg_1")
    listed = (await admin.get("/api/v1/resend/suppressions", params={"address": ADA})).json()
    (suppression,) = listed["data"]
    path = f"/api/v1/resend/suppressions/{suppression['id']}"
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.delete(path)).status_code == 404

    await fake.tell("email.bounced", mail, event_id="msg_1")

    assert await suppressions(session) == []
    await send()
    await run_jobs()
    assert len(fake.mails) == 2


@pytest.mark.parametrize("kind", ["email.bounced", "email.complained"])
async def test_an_address_that_bounced_or_complained_is_not_mailed_again(
    kind: str, mail: Json, fake: FakeResend, session: AsyncSession
) -> None:
    await fake.tell(kind, mail)
    await send(ADA.upper())
    await run_jobs()
    assert len(fake.mails) == 1
    states = await session.scalars(select(Email.state).order_by(Email.created_at, Email.id))
    assert list(states) == [kind.removeprefix("email."), "suppressed"]


@pytest.mark.parametrize("bounce", [{"type": "Transient"}, {"type": "Undetermined"}, None])
async def test_a_bounce_that_may_pass_leaves_the_address_alone(
    bounce: Json | None, mail: Json, client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    data = {"email_id": mail["id"], "bounce": bounce}
    await post(client, {"type": "email.bounced", "created_at": AT, "data": data})
    assert (await state(session), await suppressions(session)) == ("bounced", [])


@pytest.mark.parametrize(
    "event",
    [
        {"type": "email.delivered", "data": {"email_id": "of another service"}},
        {"type": "email.delivered", "data": {"email_id": None}},
        {"type": "contact.created", "data": {"id": "1", "email": "eve@example.com"}},
        {"type": "suppression.removed", "data": {"email": "eve@example.com", "source_id": None}},
        {"type": "of.tomorrow", "data": {"anything": [1]}, "version": 2},
    ],
)
async def test_an_event_about_an_unknown_email_is_acknowledged(
    event: Json, client: httpx2.AsyncClient, mail: Json, session: AsyncSession
) -> None:
    assert mail
    told = await post(client, {"created_at": AT} | event)
    assert (told.status_code, told.json()["data"]) == (200, {"outcome": "ignored"})
    assert await state(session) == "sent"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"svix-signature": "v1,AAAA"}, 400, "invalid_signature"),
        ({"svix-timestamp": "1614265330"}, 400, "invalid_signature"),
        ({"svix-id": "msg_2"}, 400, "invalid_signature"),
        ({"svix-timestamp": "soon"}, 422, "validation_failed"),
        ({"svix-timestamp": "1e9"}, 422, "validation_failed"),
    ],
)
async def test_a_webhook_that_is_not_signed_by_resend_is_refused(
    headers: dict[str, str],
    status: int,
    code: str,
    mail: Json,
    client: httpx2.AsyncClient,
    session: AsyncSession,
) -> None:
    event = {"type": "email.bounced", "created_at": AT, "data": {"email_id": mail["id"]}}
    refused = await post(client, event, **headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert await state(session) == "sent"


async def test_a_webhook_without_the_headers_is_refused(client: httpx2.AsyncClient) -> None:
    event = {"type": "email.sent", "created_at": AT, "data": {"email_id": "1"}}
    refused = await client.post(URL, json=event)
    assert refused.status_code == 422
    fields = [detail["field"] for detail in refused.json()["error"]["details"]]
    assert fields == ["header.svix-id", "header.svix-timestamp", "header.svix-signature"]


async def test_a_webhook_that_is_too_large_is_refused(client: httpx2.AsyncClient) -> None:
    event = {"type": "email.sent", "created_at": AT, "data": {"subject": "x" * 2_000_000}}
    assert (await post(client, event)).status_code == 413


async def test_administrators_list_emails_by_page_and_by_state(
    mail: Json, fake: FakeResend, client_for: ClientFor, log_stream: io.StringIO
) -> None:
    await fake.tell("email.complained", mail)
    for address in ("bob@example.com", "eve@example.com", ADA):
        await send(address)
    await run_jobs()
    admin = await client_for("root@example.com", role=Role.ADMIN)

    async def read(**params: str | int) -> Json:
        answer = await admin.get("/api/v1/resend/emails", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    first = await read(limit=3)
    assert [email["state"] for email in first["data"]] == ["suppressed", "sent", "sent"]
    rest = await read(limit=3, cursor=first["meta"]["next_cursor"])
    assert [email["state"] for email in rest["data"]] == ["complained"]
    assert rest["data"][0]["resend_id"] == mail["id"]
    assert len((await read(address="ADA@example.com"))["data"]) == 2
    assert len((await read(state="sent"))["data"]) == 2
    assert len((await read(kind="plain"))["data"]) == 4
    assert (await read(kind="welcome"))["data"] == []
    assert "example.com" not in log_stream.getvalue().lower()


@pytest.mark.parametrize("path", ["emails", "suppressions"])
async def test_users_cannot_list_emails(
    path: str, client: httpx2.AsyncClient, client_for: ClientFor
) -> None:
    ada = await client_for(ADA)
    assert (await client.get(f"/api/v1/resend/{path}")).status_code == 401
    assert (await ada.get(f"/api/v1/resend/{path}")).status_code == 403


async def test_the_fake_sends_events_automatically(
    fake: FakeResend, session: AsyncSession, client: httpx2.AsyncClient
) -> None:
    assert client
    fake.tells = True
    fates = {"bob@example.com": "delivered", "complained+1@resend.dev": "complained"}
    fates |= {"bounced@resend.dev": "bounced", "suppressed@resend.dev": "suppressed"}
    for address in fates:
        await send(address)
    await run_jobs()
    await fake.settle()
    rows = await session.execute(select(Email.address, Email.state))
    assert {row.address: row.state for row in rows} == fates
