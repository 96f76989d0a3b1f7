"""From the request that wants mail to the mail that Resend takes."""

import io
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import httpx2
from fastapi import FastAPI
from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.about import NAME
from app.core.db import AsyncSessionLocal
from app.core.email import EmailMessage, enqueue_email
from app.core.jobs.models import QueuedJob
from app.integrations.resend import backend
from app.integrations.resend.models import Email, Suppression
from app.integrations.resend.service import purge_emails
from devtools.fakes.resend import FakeResend
from tests.conftest import ClientFor
from tests.core.jobs.running import make_due, run_jobs
from tests.integrations.resend.conftest import ADA, KEY, send
from tests.processes import Program, module, running
from tests.waiting import wait_until

PASSWORD = "correct horse battery"


async def record(session: AsyncSession) -> Email:
    emails = await session.scalars(select(Email).execution_options(populate_existing=True))
    return emails.one()


async def waiting_jobs(session: AsyncSession) -> list[QueuedJob]:
    jobs = select(QueuedJob).execution_options(populate_existing=True)
    return list(await session.scalars(jobs.where(QueuedJob.state == "waiting")))


async def test_who_signs_up_gets_a_link_to_verify_the_address_and_can_follow_it(
    client: httpx2.AsyncClient, fake: FakeResend, session: AsyncSession
) -> None:
    signed_up = await client.post("/api/v1/users", json={"email": ADA})
    assert (signed_up.status_code, fake.mails) == (202, [])

    await run_jobs()

    (mail,) = fake.mails
    assert mail["from"] == '"Acme, Inc." <hello@example.com>'
    assert (mail["to"], mail["subject"]) == ([ADA], f"Verify your address for {NAME}")
    link = next(line for line in mail["text"].splitlines() if line.startswith("https://"))
    assert f'<a href="{link}"' in mail["html"]
    assert "Verify my address" in mail["html"]
    sent = await record(session)
    assert (sent.state, sent.kind, sent.resend_id) == ("sent", "verify_address", mail["id"])
    token = {"token": link.partition("#")[2], "password": PASSWORD}
    verified = await client.post("/api/v1/email-verifications/confirmations", json=token)
    assert verified.status_code == 204

    await run_jobs()
    _, welcome = fake.mails
    assert (welcome["to"], welcome["subject"].split()[0]) == ([ADA], "Welcome")
    assert welcome["text"].strip() in welcome["html"]


async def test_a_password_reset_sends_a_link_to_choose_another(
    client: httpx2.AsyncClient, client_for: ClientFor, fake: FakeResend
) -> None:
    await client_for(ADA)
    asked = await client.post("/api/v1/password-resets", json={"email": ADA})
    await run_jobs()
    assert asked.status_code == 202
    assert [mail["subject"] for mail in fake.mails] == [f"Choose a new password for {NAME}"]
    assert "https://app.example.com/reset#" in fake.mails[0]["html"]


async def test_a_message_that_is_rolled_back_is_not_sent(
    app: FastAPI, fake: FakeResend, session: AsyncSession
) -> None:
    assert app
    await enqueue_email(session, EmailMessage(to=ADA, subject="News", text="Hello."))
    await session.rollback()
    await run_jobs()
    assert fake.mails == []


async def test_a_message_that_is_handed_over_twice_is_one_mail(
    app: FastAPI, fake: FakeResend
) -> None:
    assert app
    await send(key="news/1")
    await run_jobs()
    await send(key="news/1")
    await run_jobs()
    assert len(fake.mails) == 1


async def test_the_text_of_a_mail_is_not_readable_in_the_database(session: AsyncSession) -> None:
    await send(text="the token is 5ecret5ecret")
    rows = [str(vars(row)) for row in [await record(session), *await waiting_jobs(session)]]
    assert len(rows) == 2
    assert not [row for row in rows if "5ecret" in row]


async def test_a_mail_that_was_taken_by_a_worker_that_was_killed_is_not_sent_again(
    app: FastAPI,
    fake: FakeResend,
    fake_url: str,
    committed_database: AsyncEngine,
    session: AsyncSession,
) -> None:
    assert app
    await send()
    with worker(committed_database.url, fake_url) as process:
        fake.when_taken = process.kill
        await wait_until(lambda: fake.mails or process.poll() is not None)
        process.wait()
    assert (len(fake.mails), (await record(session)).state) == (1, "queued")
    fake.when_taken = lambda: None

    await make_due()
    await run_jobs()

    assert (fake.requests, len(fake.mails)) == (2, 1)
    sent = await record(session)
    assert (sent.state, sent.resend_id) == ("sent", fake.mails[0]["id"])


def worker(url: URL, fake_url: str) -> AbstractContextManager[Program]:
    """Start a worker in a process of its own."""
    environment = {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "RESEND_API_KEY": KEY,
        "RESEND_API_URL": fake_url,
        "MAIL_FROM": "hello@example.com",
        "MAIL_FROM_NAME": "Acme, Inc.",
    }
    return running(module("app.commands.worker"), environment=environment)


async def test_a_mail_that_was_taken_before_its_template_changed_is_not_sent_again(
    app: FastAPI, fake: FakeResend, session: AsyncSession
) -> None:
    assert app
    message = await send()
    fake.remember(message.key, {"html": "<p>Hello.</p>"}, {"id": "1"})
    await run_jobs()
    assert (fake.mails, (await record(session)).state) == ([], "sent")


async def test_a_mail_that_is_too_many_waits_as_long_as_resend_says(
    app: FastAPI, fake: FakeResend, session: AsyncSession
) -> None:
    assert app
    fake.requests_a_window, fake.window_seconds = 1, 3600
    await send()
    await send()

    await run_jobs()

    assert (len(fake.mails), fake.requests) == (1, 2)
    (job,) = await waiting_jobs(session)
    assert job.due_at > datetime.now(UTC) + timedelta(minutes=50)
    assert job.attempts == 0
    fake.requests_a_window = 1000
    await make_due()
    await run_jobs()
    assert len(fake.mails) == 2


async def test_a_mail_whose_key_is_in_use_is_tried_again(
    app: FastAPI, fake: FakeResend, session: AsyncSession
) -> None:
    assert app
    message = await send()
    with fake.under_way(message.key):
        await run_jobs()
    assert ((await record(session)).state, fake.mails) == ("queued", [])
    await make_due()
    await run_jobs()
    assert (await record(session)).state == "sent"


async def test_a_mail_that_resend_refuses_is_given_up_and_sent_once_it_can_be(
    app: FastAPI, fake: FakeResend, session: AsyncSession, log_stream: io.StringIO
) -> None:
    assert app
    fake.key = "re_another"
    await send(text="the token is 5ecret5ecret")

    await run_jobs()

    refused = await record(session)
    assert (refused.state, refused.error) == ("failed", "invalid_api_key")
    (job,) = await session.scalars(select(QueuedJob).where(QueuedJob.state == "dead"))
    assert job.error == "invalid_api_key"
    assert '"event":"email_rejected"' in log_stream.getvalue()
    for secret in (ADA, "5ecret", KEY):
        assert secret not in log_stream.getvalue()

    fake.key = KEY
    async with AsyncSessionLocal.begin() as later:
        (job,) = await later.scalars(select(QueuedJob).where(QueuedJob.state == "dead"))
        job.state, job.attempts = "waiting", 0
    await run_jobs()
    assert ((await record(session)).state, (await record(session)).error) == ("sent", None)


async def test_a_mail_waits_while_resend_is_down(
    app: FastAPI, fake: FakeResend, session: AsyncSession, log_stream: io.StringIO
) -> None:
    assert app
    fake.is_down = True
    await send()
    await run_jobs()
    (job,) = await waiting_jobs(session)
    assert (job.attempts, (await record(session)).state) == (1, "queued")
    assert ADA not in log_stream.getvalue()
    fake.is_down = False
    await make_due()
    await run_jobs()
    assert ((await record(session)).state, len(fake.mails)) == ("sent", 1)


async def test_a_suppressed_address_gets_no_email_in_any_case(
    app: FastAPI, fake: FakeResend, session: AsyncSession, log_stream: io.StringIO
) -> None:
    assert app
    session.add(Suppression(address_key=ADA, reason="bounced"))
    await session.commit()
    await send(to="Ada@Example.com")
    await run_jobs()
    assert (fake.requests, (await record(session)).state) == (0, "suppressed")
    assert '"event":"email_suppressed"' in log_stream.getvalue()
    assert "example.com" not in log_stream.getvalue().lower()


async def test_old_records_are_purged(session: AsyncSession, app: FastAPI) -> None:
    assert app
    await send(key="old")
    await send(key="new")
    (old,) = await session.scalars(select(Email).where(Email.key == "old"))
    old.created_at = datetime.now(UTC) - timedelta(days=91)
    await session.commit()
    assert await purge_emails(session) == 1
    assert await purge_emails(session) == 0
    assert (await record(session)).key == "new"


async def test_mail_goes_at_an_even_pace() -> None:
    pace, turns = backend.Throttle(per_second=10), 5
    started = datetime.now(UTC)
    for _ in range(turns):
        await pace.wait()
    assert datetime.now(UTC) - started >= timedelta(seconds=0.39)
