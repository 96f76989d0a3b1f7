"""Sending: a mail is recorded and its job enqueued in one transaction; the job calls Resend.

A job that is run again sends the same `Idempotency-Key`, under which Resend takes one mail within
24 hours (https://resend.com/docs/dashboard/emails/idempotency-keys). Errors are told apart by
their name (https://resend.com/docs/api-reference/errors), never by what is written beside it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx2
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import AsyncSessionLocal
from app.core.http_client import HttpClient, UpstreamFailed
from app.core.jobs.declaring import GiveUp, Retry, job
from app.core.mail import Message
from app.core.schemas import email_key
from app.integrations.resend.letters import Letters
from app.integrations.resend.models import Email, State, Suppression

TAG = "mail"
"""The tag by which an event finds its mail, also before we have read the answer to our call."""

SECONDS_UNTIL_NEXT = 2.0
SECONDS_UNTIL_QUOTA = 60.0
TAKEN_BEFORE = "invalid_idempotent_request"  # by an attempt of ours, from a template that changed
MAY_PASS = frozenset({"concurrent_idempotent_requests", "resource_locked"})

log = structlog.get_logger()


class MailPayload(BaseModel):
    """A `Message`, as it waits in a job."""

    to: str
    subject: str
    text: str
    kind: str
    link: str | None
    key: str


class _Answer(BaseModel):
    """What Resend answers: an id, or an error with a name."""

    model_config = ConfigDict(extra="ignore")

    id: str | None = None
    name: str = "unknown"


class Pace:
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


@dataclass(frozen=True, slots=True)
class Outbox:
    """What sends while the service runs."""

    client: HttpClient
    letters: Letters
    sender: str
    pace: Pace

    async def post(self, message: Message, *, tag: str) -> httpx2.Response:
        """Hand a message to Resend and return the answer.

        Raises:
            Retry: Resend takes no more just now.
            UpstreamError: It gave no usable answer.
        """
        mail: dict[str, Any] = {
            "from": self.sender,
            "to": [message.to],
            "subject": message.subject,
            "html": self.letters.write(message),
            "text": message.text,
            "tags": [{"name": TAG, "value": tag}],
        }
        await self.pace.wait()
        try:
            return await self.client.request(
                "POST", "/emails", json=mail, idempotency_key=message.key
            )
        except UpstreamFailed as error:
            if error.reason == "429":
                raise Retry(after=error.retry_after or SECONDS_UNTIL_QUOTA) from error
            raise


_outboxes: list[Outbox] = []


@contextmanager
def send_by(outbox: Outbox) -> Iterator[None]:
    """Let jobs send by this outbox inside the block."""
    _outboxes.append(outbox)
    try:
        yield
    finally:
        _outboxes.remove(outbox)


async def carry(session: AsyncSession, message: Message) -> None:
    """Record a message and enqueue its job; both are there once the session is committed."""
    added = await session.scalar(
        insert(Email)
        .values(
            key=message.key,
            kind=message.kind,
            address=message.to,
            address_key=email_key(message.to),
            subject=message.subject,
            state=State.QUEUED,
        )
        .on_conflict_do_nothing(index_elements=[Email.key])
        .returning(Email.id)
    )
    if added is not None:
        await send_email.enqueue(session, MailPayload(**asdict(message)), key=message.key)


class ResendMailer:
    """Takes messages of whoever sends them without a transaction; see `Mailer`."""

    async def send(self, message: Message) -> None:
        """Record a message, to be sent by its job."""
        async with AsyncSessionLocal.begin() as session:
            await carry(session, message)


@job(name="resend_email", attempts=8)
async def send_email(session: AsyncSession, payload: MailPayload) -> None:
    """Send a mail, unless it is sent, its address is not mailed any more, or its user has left."""
    email = await session.scalar(select(Email).where(Email.key == payload.key))
    if email is None or email.state not in {State.QUEUED, State.FAILED}:
        return
    if not _outboxes:
        message = "RESEND_API_KEY is not set"
        raise RuntimeError(message)
    known = select(Suppression.reason).where(Suppression.address_key == email.address_key)
    if reason := await session.scalar(known):
        log.warning("email_suppressed", email_id=str(email.id), kind=email.kind, reason=reason)
        await _note(session, email, State.SUPPRESSED)
        return
    response = await _outboxes[-1].post(Message(**payload.model_dump()), tag=str(email.id))
    answer = _read(response)
    if response.is_success or answer.name == TAKEN_BEFORE:
        await _note(session, email, State.SENT, resend_id=answer.id)
    elif answer.name in MAY_PASS:
        raise Retry(after=SECONDS_UNTIL_NEXT)
    else:
        await _refused(email, answer.name, status=response.status_code)


def _read(response: httpx2.Response) -> _Answer:
    try:
        return _Answer.model_validate_json(response.content)
    except ValidationError:
        return _Answer()


async def _refused(email: Email, name: str, *, status: int) -> None:
    """Note that Resend does not take a mail, to stay when the job's own transaction goes."""
    log.error("email_refused", email_id=str(email.id), kind=email.kind, error=name, status=status)
    async with AsyncSessionLocal.begin() as session:
        await _note(session, email, State.FAILED, error=name[:100])
    raise GiveUp(name)


async def _note(
    session: AsyncSession,
    email: Email,
    state: State,
    *,
    resend_id: str | None = None,
    error: str | None = None,
) -> None:
    """Note what became of a mail, unless an event has told more in the meantime."""
    unchanged = Email.state == email.state
    await session.execute(
        update(Email)
        .where(Email.id == email.id)
        .values(
            state=case((unchanged, state), else_=Email.state),
            state_at=case((unchanged, func.now()), else_=Email.state_at),
            resend_id=func.coalesce(resend_id, Email.resend_id),
            error=error,
        )
    )
