"""Sending: a mail is recorded and handed to a job in one transaction; the job calls Resend.

A job that is run again sends the same `Idempotency-Key`, under which Resend takes one mail within
24 hours (https://resend.com/docs/dashboard/emails/idempotency-keys). Errors are told apart by
their name (https://resend.com/docs/api-reference/errors), never by what is written beside it.
"""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import httpx2
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Select, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import normalized_email
from app.core.db import AsyncSessionLocal
from app.core.email.backends import Message
from app.core.email.delivery import carry_by_job, send_mail
from app.core.http import HttpClient, UpstreamFailed
from app.core.jobs import PermanentFailure, Retry
from app.core.jobs.models import QueuedJob
from app.integrations.resend.models import Email, State, Suppression
from app.integrations.resend.rendering import EmailRenderer

TAG = "mail"
"""The tag by which an event finds its mail, also before we have read the answer to our call."""

SECONDS_UNTIL_NEXT = 2.0
SECONDS_UNTIL_QUOTA = 60.0
TAKEN_BEFORE = "invalid_idempotent_request"  # by an attempt of ours, before a template changed
MAY_PASS = frozenset({"concurrent_idempotent_requests", "resource_locked"})

log = structlog.get_logger()


class _Answer(BaseModel):
    """What Resend answers: an id, or an error with a name."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(max_length=100)] | None = None
    name: Annotated[str, Field(max_length=100)] = "unknown"


class Throttle:
    """Lets a process call so many times a second, evenly."""

    def __init__(self, per_second: float) -> None:
        """Take how many."""
        self._seconds = 1 / per_second
        self._next = 0.0

    async def wait(self) -> None:
        """Return when it is this caller's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next)
        self._next = turn + self._seconds
        await asyncio.sleep(turn - now)


class ResendMailer:
    """Sends mail by Resend; see `Mailer`. Called by jobs."""

    def __init__(self, client: HttpClient, *, sender: str, per_second: float) -> None:
        """Take what calls the API, who is to stand in From, and how often it may call."""
        self._client = client
        self._sender = sender
        self._letters = EmailRenderer()
        self._pace = Throttle(per_second)

    async def send(self, message: Message) -> None:
        """Send a message, once, on behalf of its job; one that has no job gets it.

        Raises:
            Retry: Resend takes no more just now.
            PermanentFailure: Resend will not take this one, until somebody changes something.
            UpstreamError: Resend gave no usable answer.
        """
        async with AsyncSessionLocal.begin() as session:
            if not await session.scalar(_in_charge(message.key)):
                await carry(session, message)
                return
            await _record(session, message)  # unless it is, as it waited before there was Resend
            email, reason = (await session.execute(_recorded(message.key))).one()
            if email.error:  # Resend refused it, and it is to be tried again
                email.state = State.QUEUED
        if email.state != State.QUEUED:
            return
        if reason:
            log.warning("email_suppressed", email_id=str(email.id), kind=email.kind, reason=reason)
            await _note(email, State.SUPPRESSED)
            return
        response = await self._post(message, tag=str(email.id))
        answer = _read(response)
        if response.is_success or answer.name == TAKEN_BEFORE:
            await _note(email, State.SENT, resend_id=answer.id)
        elif answer.name in MAY_PASS:
            raise Retry(after=SECONDS_UNTIL_NEXT)
        else:
            refusal = {"error": answer.name, "status": response.status_code}
            log.error("email_refused", email_id=str(email.id), kind=email.kind, **refusal)
            await _note(email, State.FAILED, error=answer.name)
            raise PermanentFailure(answer.name)

    async def _post(self, message: Message, *, tag: str) -> httpx2.Response:
        mail: dict[str, Any] = {
            "from": self._sender,
            "to": [message.to],
            "subject": message.subject,
            "html": self._letters.write(message),
            "text": message.text,
            "tags": [{"name": TAG, "value": tag}],
        }
        await self._pace.wait()
        try:
            return await self._client.request(
                "POST", "/emails", json=mail, idempotency_key=message.key
            )
        except UpstreamFailed as error:
            if error.reason == "429":
                raise Retry(after=error.retry_after or SECONDS_UNTIL_QUOTA) from error
            raise


async def carry(session: AsyncSession, message: Message) -> None:
    """Take charge of a message: its record and its job are there once the session is committed."""
    await _record(session, message)
    await carry_by_job(session, message)


async def _record(session: AsyncSession, message: Message) -> None:
    await session.execute(
        insert(Email)
        .values(
            key=message.key,
            kind=message.kind,
            address=message.to,
            address_key=normalized_email(message.to),
            subject=message.subject,
            state=State.QUEUED,
        )
        .on_conflict_do_nothing(index_elements=[Email.key])
    )


def _in_charge(key: str) -> Select[UUID]:
    """Select the job of a message, if it has one."""
    return select(QueuedJob.id).where(QueuedJob.name == send_mail.name, QueuedJob.key == key)


def _recorded(key: str) -> Select[Email, str]:
    """Select a mail, and why its address is not mailed any more, if that is so."""
    suppressed = Suppression.address_key == Email.address_key
    chosen = select(Email, Suppression.reason).outerjoin(Suppression, suppressed)
    return chosen.where(Email.key == key)


def _read(response: httpx2.Response) -> _Answer:
    try:
        return _Answer.model_validate_json(response.content)
    except ValidationError:
        return _Answer()


async def _note(
    email: Email, state: State, *, resend_id: str | None = None, error: str | None = None
) -> None:
    """Note what became of a mail, unless an event has told more in the meantime."""
    unchanged = Email.state == email.state
    values = {
        "state": case((unchanged, state), else_=Email.state),
        "state_at": case((unchanged, func.now()), else_=Email.state_at),
        "resend_id": func.coalesce(resend_id, Email.resend_id),
        "error": error,
    }
    async with AsyncSessionLocal.begin() as session:
        await session.execute(update(Email).where(Email.id == email.id).values(values))
