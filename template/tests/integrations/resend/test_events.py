"""Events of Resend change the state of an email and of its address."""

import asyncio
import io
import json
from datetime import UTC, datetime
from itertools import count, permutations
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role
from app.core.db import AsyncSessionLocal
from app.core.email import EmailMessage, enqueue_email
from app.core.services import provide
from app.integrations.resend.backend import ResendEmailBackend, _store_state
from app.integrations.resend.models import (
    IS_SUPPRESSED,
    Email,
    EmailEvent,
    State,
    Suppression,
)
from app.integrations.resend.service import UNKNOWN_FOR, purge_emails
from app.settings import Settings
from devtools.fakes.resend import FakeResend, Json, sign
from tests.conftest import ClientFor, SentBy
from tests.core.jobs.running import run_jobs
from tests.integrations.resend.conftest import SECRET

ROUND_TRIPS = {
    "of a known message": ["WITH resend_emails"],  # with its state and its suppression
    "of an unknown message": [
        "WITH resend_emails",
        "BEGIN",
        "SELECT",  # locks the id of the message
        "WITH resend_emails",
        "INSERT resend_events",
        "COMMIT",
    ],
}
"""The calls that wait for the database in the intake of one event."""

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
    chosen = select(Suppression.address_key, Suppression.reason).where(IS_SUPPRESSED)
    rows = await session.execute(chosen)
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


@pytest.mark.parametrize("order", [*permutations(["sent", "delivered", "bounced"])])
async def test_events_that_come_before_the_id_is_known_are_not_lost(
    order: tuple[str, ...],
    fake: FakeResend,
    session: AsyncSession,
    client: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids: list[str] = []
    post_mail = ResendEmailBackend._post

    async def tell_first(backend: ResendEmailBackend, message: Any, *, tag: str) -> Any:
        response = await post_mail(backend, message, tag=tag)
        ids.append(response.json()["id"])
        for number, kind in enumerate(order):
            bounce = {"type": "Permanent"} if kind == "bounced" else {"type": None}
            data = {"email_id": ids[0], "bounce": bounce}  # without our tag
            event = {"type": f"email.{kind}", "created_at": AT, "data": data}
            for _ in range(2):
                text = json.dumps(event)
                headers = sign(f"msg_{number}", text, secret=SECRET)
                told = await client.post(URL, content=text, headers=headers)
                assert told.status_code == 200
        return response

    monkeypatch.setattr(ResendEmailBackend, "_post", tell_first)
    await send()
    await run_jobs()
    assert len(fake.mails) == 1
    assert await state(session) == "bounced"
    assert await session.scalar(select(func.count()).select_from(EmailEvent)) == 3
    assert await suppressions(session) == [("ada@example.com", "bounced")]


async def test_an_event_and_the_id_that_come_at_once_find_each_other(
    committed_database: AsyncEngine,
    session: AsyncSession,
    client: httpx2.AsyncClient,
) -> None:
    assert committed_database
    for number in range(20):
        await send(f"{number}@example.com")
        email = (
            await session.scalars(select(Email).where(Email.address == f"{number}@example.com"))
        ).one()
        data = {"email_id": f"r{number}"}
        event = json.dumps({"type": "email.delivered", "created_at": AT, "data": data})
        headers = sign(f"msg_{number}", event, secret=SECRET)
        await asyncio.gather(
            client.post(URL, content=event, headers=headers),
            _store_state(email, State.SENT, resend_id=f"r{number}"),
        )
    states = await session.scalars(select(Email.state).execution_options(populate_existing=True))
    assert set(states) == {"delivered"}


async def test_events_about_unknown_messages_are_purged_after_two_days(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    event = {"type": "email.delivered", "created_at": AT, "data": {"email_id": "of another"}}
    assert (await post(client, event)).json()["data"] == {"outcome": "waiting"}
    assert await purge_emails(session) == 0
    await session.execute(update(EmailEvent).values(created_at=datetime.now(UTC) - UNKNOWN_FOR))
    assert await purge_emails(session) == 1
    assert await purge_emails(session) == 0


@pytest.mark.parametrize("form", ["object", "list"])
async def test_tags_have_two_documented_forms(
    form: str, client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await send()
    email = (await session.scalars(select(Email))).one()
    value = str(email.id)
    tags = {"mail": value} if form == "object" else [{"name": "mail", "value": value}]
    event = {"type": "email.delivered", "created_at": AT, "data": {"email_id": "r1", "tags": tags}}
    assert (await post(client, event)).json()["data"] == {"outcome": "applied"}


@pytest.mark.parametrize("at", ["2026-11-22 23:41:12.126+00", "2026-11-22T23:41:12.126894+00:00"])
async def test_times_have_several_forms(
    at: str, mail: Json, client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    event = {"type": "email.delivered", "created_at": at, "data": {"email_id": mail["id"]}}
    assert (await post(client, event)).status_code == 200
    stored = await session.scalar(select(EmailEvent.occurred_at))
    assert stored is not None
    assert stored.replace(microsecond=0) == datetime(2026, 11, 22, 23, 41, 12, tzinfo=UTC)


SUPPRESSION_EVENTS = [
    ("added", "10", "bounce"),
    ("removed", "20", None),
    ("added", "30", "manual"),
    ("removed", "40", None),
]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
async def test_the_list_of_resend_is_followed_in_any_order(
    count: int, client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    for order in permutations(range(count)):
        for index in (*order, *order):
            kind, second, origin = SUPPRESSION_EVENTS[index]
            event = {
                "type": f"suppression.{kind}",
                "created_at": f"2026-11-22T23:41:{second}Z",
                "data": {"id": "s1", "email": ADA, "origin": origin},
            }
            assert (await post(client, event)).json()["data"] == {"outcome": "applied"}
        assert len(await suppressions(session)) == count % 2
        await session.execute(delete(Suppression))
        await session.commit()


async def test_a_removed_suppression_lets_mail_through(
    client: httpx2.AsyncClient, fake: FakeResend
) -> None:
    for kind, second, sent in (("added", "10", 0), ("removed", "20", 1)):
        at = f"2026-11-22T23:41:{second}Z"
        data = {"id": "s1", "email": ADA}
        await post(client, {"type": f"suppression.{kind}", "created_at": at, "data": data})
        await send()
        await run_jobs()
        assert len(fake.mails) == sent


async def test_an_event_that_comes_many_times_at_once_counts_once(
    mail: Json, fake: FakeResend, session: AsyncSession
) -> None:
    told = [fake.tell("email.bounced", mail, event_id="msg_1") for _ in range(20)]
    assert set(await asyncio.gather(*told)) == {200}
    assert await session.scalar(select(func.count()).select_from(EmailEvent)) == 1
    assert await suppressions(session) == [("ada@example.com", "bounced")]


@pytest.mark.parametrize("kind", ROUND_TRIPS)
async def test_an_intake_waits_for_the_database_as_often_as_declared(
    kind: str, mail: Json, client: httpx2.AsyncClient, sent_by: SentBy
) -> None:
    about = mail["id"] if kind == "of a known message" else "of another"
    numbers = count(1)

    async def send_another() -> None:
        data = {"email_id": about, "bounce": {"type": "Permanent"}}
        text = json.dumps({"type": "email.bounced", "created_at": AT, "data": data})
        headers = sign(f"msg_{next(numbers)}", text, secret=SECRET)
        assert (await client.post(URL, content=text, headers=headers)).status_code == 200

    for _ in range(2):
        await send_another()  # prepares the statements of this connection
    assert await sent_by(send_another) == ROUND_TRIPS[kind]


async def test_an_event_about_a_locked_message_is_503_and_may_come_again(
    mail: Json, fake: FakeResend, session: AsyncSession, settings: Settings
) -> None:
    await session.execute(select(Email.id).with_for_update())
    brief = settings.model_copy(update={"database_lock_timeout_seconds": 0.2})
    async with asyncio.timeout(10):
        with provide(Settings, brief):
            assert await fake.tell("email.bounced", mail, event_id="msg_1") == 503
        await session.rollback()
        assert await fake.tell("email.bounced", mail, event_id="msg_1") == 200
    assert await state(session) == "bounced"
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


@pytest.mark.parametrize(
    "bounce", [{"type": "Transient"}, {"type": "Undetermined"}, {"type": None}, None]
)
async def test_a_bounce_that_may_pass_leaves_the_address_alone(
    bounce: Json | None, mail: Json, client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    data = {"email_id": mail["id"], "bounce": bounce}
    await post(client, {"type": "email.bounced", "created_at": AT, "data": data})
    assert (await state(session), await suppressions(session)) == ("bounced", [])


@pytest.mark.parametrize(
    "event",
    [
        {"type": "email.delivered", "data": {"email_id": None}},
        {"type": "contact.created", "data": {"id": "1", "email": "eve@example.com"}},
        {"type": "suppression.removed", "data": {"email": None}},
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


@pytest.mark.parametrize("body", ["{", "[" * 100_000, "[]", '{"type": "email.sent"}', "\ud800"])
async def test_a_body_is_parsed_once_its_signature_is_valid(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    content = body.encode(errors="surrogatepass")
    signed = sign("msg_1", body if body.isascii() else "", secret=SECRET)
    if body.isascii():
        refused = await client.post(URL, content=content, headers=signed)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_event")
    monkeypatch.setattr("app.integrations.resend.events.parse_event", pytest.fail)
    monkeypatch.setattr("starlette.requests.Request.json", pytest.fail)
    headers = signed | {"svix-signature": "v1,AAAA", "Content-Type": "application/json"}
    refused = await client.post(URL, content=content, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_signature")


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
