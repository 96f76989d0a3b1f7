"""The e-mail backend that sends through Resend and records the state of every message.

A retried job sends the same `Idempotency-Key`, under which Resend accepts one message within 24
hours (https://resend.com/docs/dashboard/emails/idempotency-keys). Errors are distinguished by their
name (https://resend.com/docs/api-reference/errors), never by their text.
"""

import asyncio
from typing import Annotated, Any

import httpx2
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Select, and_, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import normalized_email
from app.core.db import AsyncSessionLocal
from app.core.email import EmailBackend, EmailMessage
from app.core.http import HttpClient, UpstreamFailed
from app.core.jobs import PermanentFailure, Retry
from app.integrations.resend.models import IS_SUPPRESSED, Email, State, Suppression
from app.integrations.resend.outcomes import apply_waiting_events, lock_message
from app.integrations.resend.rendering import EmailRenderer

TAG = "mail"
"""The tag by which an event finds its message, even before the response to our call was read."""

RETRY_SECONDS = 2.0
QUOTA_RETRY_SECONDS = 60.0
ACCEPTED_BEFORE = "invalid_idempotent_request"  # by an earlier attempt, with another template
RETRYABLE = frozenset({"concurrent_idempotent_requests", "resource_locked"})

log = structlog.get_logger()


class _Response(BaseModel):
    """A response of Resend: an id, or an error with a name."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(max_length=100)] | None = None
    name: Annotated[str, Field(max_length=100)] = "unknown"


class Throttle:
    """Spaces calls of this process evenly, a number of them a second."""

    def __init__(self, per_second: float) -> None:
        """Take the rate."""
        self._seconds = 1 / per_second
        self._next = 0.0

    async def wait(self) -> None:
        """Wait until the next call is allowed."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next)
        self._next = turn + self._seconds
        await asyncio.sleep(turn - now)


class ResendEmailBackend(EmailBackend):
    """Sends messages through Resend's API."""

    def __init__(self, client: HttpClient, *, sender: str, per_second: float) -> None:
        """Take the API client, the From address, and the allowed rate of calls."""
        self._client = client
        self._sender = sender
        self._renderer = EmailRenderer()
        self._throttle = Throttle(per_second)

    async def ping(self) -> None:
        """Raise while Resend's circuit breaker is open."""
        await self._client.ping()

    async def record(self, session: AsyncSession, message: EmailMessage) -> None:
        """Store a message as queued, in the transaction that enqueues it."""
        await _record(session, message)

    async def send(self, message: EmailMessage) -> None:
        """Send a message once, unless its address is suppressed; see `EmailBackend`.

        Raises:
            Retry: Resend's rate limit or quota is reached.
            PermanentFailure: Resend rejected the message.
            UpstreamError: Resend gave no usable response.
        """
        async with AsyncSessionLocal.begin() as session:
            await _record(session, message)  # not recorded yet if enqueued before Resend was on
            email, reason = (await session.execute(_recorded(message))).one()
            if email.error:  # Resend rejected it, and the dead letter was requeued
                email.state = State.QUEUED
        if email.state != State.QUEUED:
            return
        if reason:
            log.warning("email_suppressed", email_id=str(email.id), kind=email.kind, reason=reason)
            await _store_state(email, State.SUPPRESSED)
            return
        response = await self._post(message, tag=str(email.id))
        answer = _read(response)
        if response.is_success or answer.name == ACCEPTED_BEFORE:
            await _store_state(email, State.SENT, resend_id=answer.id)
        elif answer.name in RETRYABLE:
            raise Retry(after=RETRY_SECONDS)
        else:
            rejection = {"error": answer.name, "status": response.status_code}
            log.error("email_rejected", email_id=str(email.id), kind=email.kind, **rejection)
            await _store_state(email, State.FAILED, error=answer.name)
            raise PermanentFailure(answer.name)

    async def _post(self, message: EmailMessage, *, tag: str) -> httpx2.Response:
        mail: dict[str, Any] = {
            "from": self._sender,
            "to": [message.to],
            "subject": message.subject,
            "html": self._renderer.render(message),
            "text": message.text,
            "tags": [{"name": TAG, "value": tag}],
        }
        await self._throttle.wait()
        try:
            return await self._client.request(
                "POST", "/emails", json=mail, idempotency_key=message.key
            )
        except UpstreamFailed as error:
            if error.reason == "429":
                raise Retry(after=error.retry_after or QUOTA_RETRY_SECONDS) from error
            raise


async def _record(session: AsyncSession, message: EmailMessage) -> None:
    address, subject = (message.to, message.subject) if message.is_recorded else ("", "")
    await session.execute(
        insert(Email)
        .values(
            key=message.key,
            kind=message.template,
            address=address,
            address_key=normalized_email(address),
            subject=subject,
            state=State.QUEUED,
        )
        .on_conflict_do_nothing(index_elements=[Email.key])
    )


def _recorded(message: EmailMessage) -> Select[Email, str]:
    """Select the record of a message, and the reason if its address is suppressed."""
    suppressed = and_(Suppression.address_key == normalized_email(message.to), IS_SUPPRESSED)
    chosen = select(Email, Suppression.reason).outerjoin(Suppression, suppressed)
    return chosen.where(Email.key == message.key)


def _read(response: httpx2.Response) -> _Response:
    try:
        return _Response.model_validate_json(response.content)
    except ValidationError:
        return _Response()


async def _store_state(
    email: Email, state: State, *, resend_id: str | None = None, error: str | None = None
) -> None:
    """Store the state of a message, unless an event has advanced it in the meantime."""
    unchanged = Email.state == email.state
    values = {
        "state": case((unchanged, state), else_=Email.state),
        "state_at": case((unchanged, func.now()), else_=Email.state_at),
        "resend_id": func.coalesce(resend_id, Email.resend_id),
        "error": error,
    }
    async with AsyncSessionLocal.begin() as session:
        if resend_id is not None:
            await lock_message(session, resend_id)
        await session.execute(update(Email).where(Email.id == email.id).values(values))
        if resend_id is not None:
            await apply_waiting_events(session, email.id, resend_id)
