"""Emails as jobs: committed with their cause, sealed while they wait, retried until sent."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import cast

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import User
from app.core.email import EmailBackend, EmailMessage, EmailNotSent, enqueue_email
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.jobs.models import QueuedJob, State
from app.core.jobs.queue import requeue
from app.core.services import get, provide
from app.settings import Settings
from tests.accounts.examples import ADA, BOB, Mailbox, log_in, verify
from tests.core.conftest import Logged
from tests.core.email.test_backends import Inbox, Serve, inbox
from tests.core.email.test_backends import serve as mail_server
from tests.core.guards.lock_holders import running
from tests.core.jobs.running import make_due, run_jobs
from tests.serving import serving
from tests.waiting import wait_until

__all__ = ["inbox", "mail_server"]
USERS = "/api/v1/users"
LETTER = EmailMessage(to=ADA, subject="a", text="Your token: hunter2\n", link="https://x.y/hunter2")

WORKER = "from app.commands.worker import main; main()"
DYING_SERVICE = """
import os, signal
from sqlalchemy.ext.asyncio import AsyncSession
from app.main import create_app

commit = AsyncSession.commit

async def commit_and_die(self):
    await commit(self)
    os.kill(os.getpid(), signal.SIGKILL)

AsyncSession.commit = commit_and_die
"""


class FailingMailbox(Mailbox):
    """Fails with an error that quotes the message, as a library might."""

    async def send(self, message: EmailMessage) -> None:
        raise EmailNotSent(message.text) from ConnectionError(message.text)


@contextmanager
def mailed(mailbox: Mailbox | None = None) -> Iterator[Mailbox]:
    """Keep the messages that jobs send during a block."""
    mailbox = mailbox or Mailbox()
    with provide(EmailBackend, mailbox):
        yield mailbox


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    with provide(RateLimitBackend, InMemoryRateLimitBackend()):
        yield


async def payloads(session: AsyncSession) -> str:
    return str((await session.execute(select(QueuedJob.__table__))).all())


async def test_a_message_waits_sealed_and_is_sent_unchanged(session: AsyncSession) -> None:
    await enqueue_email(session, LETTER)
    await session.commit()
    stored = await payloads(session)
    assert "sealed" in stored
    for readable in ("hunter2", ADA, LETTER.text):
        assert readable not in stored
    with mailed() as mailbox:
        assert await run_jobs() == 1
    assert mailbox.mails == [LETTER]
    assert "sealed" not in await payloads(session)


async def test_a_message_that_is_rolled_back_is_not_sent(session: AsyncSession) -> None:
    await enqueue_email(session, LETTER)
    await session.rollback()
    assert await run_jobs() == 0


async def test_a_message_enqueued_twice_is_sent_once(session: AsyncSession) -> None:
    with mailed() as mailbox:
        for _ in range(2):
            await enqueue_email(session, LETTER)
            await session.commit()
            await run_jobs()
    assert len(mailbox.mails) == 1


async def test_a_failed_message_is_retried_and_not_logged(
    session: AsyncSession, logged: Logged
) -> None:
    await enqueue_email(session, LETTER)
    await session.commit()
    with mailed(FailingMailbox()):
        await run_jobs()
    await make_due()
    with mailed() as mailbox:
        await run_jobs()
    assert mailbox.mails == [LETTER]
    lines = logged("job")
    assert [line["outcome"] for line in lines] == ["failed", "done"]
    assert "ConnectionError" in str(lines)
    assert "hunter2" not in str(lines)


async def test_a_message_sealed_under_another_key_is_kept_for_that_key(
    session: AsyncSession,
) -> None:
    await enqueue_email(session, LETTER)
    await session.commit()
    other_key = get(Settings).model_copy(update={"secret_key": SecretStr("x" * 32)})
    with provide(Settings, other_key):
        await run_jobs()
    dead = (await session.scalars(select(QueuedJob))).one()
    assert (dead.state, dead.error) == (State.DEAD, "sealed under another SECRET_KEY")
    await requeue(session)
    await session.commit()
    with mailed() as mailbox:
        await run_jobs()
    assert mailbox.mails == [LETTER]


@pytest.mark.usefixtures("session")
async def test_the_emails_of_an_account_are_one_job_each(client: httpx2.AsyncClient) -> None:
    new = {"email": ADA}
    with mailed() as mailbox:
        assert (await client.post(USERS, json=new)).status_code == 202
        assert mailbox.mails == []
        assert await run_jobs() == 1
        assert (await verify(client, mailbox.token())).status_code == 204
        assert await run_jobs() == 1
        assert (await client.post("/api/v1/password-resets", json={"email": ADA})).is_success
        assert await run_jobs() == 1
    templates = ["verify_address", "welcome", "reset_password"]
    assert [mail.template for mail in mailbox.mails] == templates
    assert (await log_in(client)).status_code == 201


@pytest.mark.usefixtures("session")
async def test_a_sign_up_does_the_same_work_for_a_taken_address(client: httpx2.AsyncClient) -> None:
    work = []
    with mailed() as mailbox:
        for email in (ADA, ADA, BOB):
            answer = await client.post(USERS, json={"email": email})
            work.append(answer.headers["server-timing"].rpartition(";")[2])
            if len(work) == 1:
                await run_jobs()
                assert (await verify(client, mailbox.token())).status_code == 204
    assert work[0] == work[1] == work[2]


class RecordingBackend(Mailbox):
    """Stores a row for each message, as a backend with records does."""

    async def record(self, session: AsyncSession, message: EmailMessage) -> None:
        user = User(email=message.to, email_key=message.to, password_hash="-")
        session.add(user)
        await session.flush()


async def test_a_backend_records_a_message_in_the_transaction_that_enqueues_it(
    session: AsyncSession,
) -> None:
    with mailed(RecordingBackend()):
        await enqueue_email(session, LETTER)
        assert await session.scalar(select(User.email)) == ADA
        await session.rollback()
    assert await session.scalar(select(User.email)) is None


async def test_a_crash_after_the_commit_of_a_sign_up_loses_no_message(
    committed_database: AsyncEngine, mail_server: Serve, inbox: Inbox, tmp_path: Path
) -> None:
    settings = await mail_server()
    environment: Mapping[str, str] = {
        "DATABASE_URL": committed_database.url.render_as_string(hide_password=False),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(settings.smtp_port),
        "SMTP_TLS": "off",
        "MAIL_FROM": "hello@example.org",
    }
    with serving(DYING_SERVICE, folder=tmp_path, environment=environment) as server:
        async with httpx2.AsyncClient(base_url=server.address) as doomed:
            with pytest.raises(httpx2.HTTPError):
                await doomed.post(USERS, json={"email": ADA})
        assert await asyncio.to_thread(server.process.wait) == -9
    assert inbox.envelopes == []
    with running(WORKER, environment=environment) as worker:
        await wait_until(lambda: inbox.envelopes)
        worker.terminate()
        assert await asyncio.to_thread(worker.wait) == 0
    (envelope,) = inbox.envelopes
    mail = message_from_bytes(cast("bytes", envelope.content), policy=policy.default)
    assert envelope.rcpt_tos == [ADA]
    assert re.search(r"token: \S{43}", mail.as_string().replace("=\n", ""))
