"""Events of Resend change the state of an email and of its address."""

import asyncio
import json
from datetime import UTC, datetime
from itertools import count, permutations
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.services import provide
from app.integrations.resend.backend import ResendEmailBackend, _store_state
from app.integrations.resend.models import Email, EmailEvent, State
from app.integrations.resend.service import UNKNOWN_FOR, purge_emails
from app.settings import Settings
from devtools.fakes.resend import FakeResend, Json, sign
from tests.conftest import SentBy
from tests.core.jobs.running import run_jobs
from tests.integrations.resend.conftest import SECRET
from tests.integrations.resend.events import AT, URL, post, send, state, suppressions

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
