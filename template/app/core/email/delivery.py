"""Enqueuing a message as a job, and sending it from there.

A message may hold a link that opens an account, so it is sealed while it waits in the database: its
key derives from `SECRET_KEY`. A message sealed under another key becomes a dead letter; restore the
old key and requeue it.
"""

from pydantic import BaseModel, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.email.backends import EmailBackend
from app.core.email.message import EmailMessage, EmailNotSent
from app.core.jobs.registry import PermanentFailure, Retry, job
from app.core.services import find, get
from app.core.signing import seal, unseal

SALT = "sealed mail"
_messages = TypeAdapter(EmailMessage)


class SealedEmail(BaseModel):
    """A message that only this service can read."""

    sealed: str


async def enqueue_email(session: AsyncSession, message: EmailMessage) -> None:
    """Send a message after the session's transaction is committed.

    Args:
        session: The transaction that the message belongs to.
        message: The message; a second one with the same key is not sent.
    """
    if backend := find(EmailBackend):  # a command may enqueue without the web app's backend
        await backend.record(session, message)
    sealed = SealedEmail(sealed=seal(_messages.dump_json(message), salt=SALT))
    await send_email.enqueue(session, sealed, key=message.key)


@job(name="send_mail", leased=True)
async def send_email(session: AsyncSession, payload: SealedEmail) -> None:  # noqa: ARG001 - every job takes one
    """Send an enqueued message."""
    try:
        message = _messages.validate_json(unseal(payload.sealed, salt=SALT))
    except ValueError as error:
        raise PermanentFailure(str(error)) from None
    await deliver_email(message)


async def deliver_email(message: EmailMessage) -> None:
    """Send a message now; for jobs, which retry.

    Raises:
        EmailNotSent: The backend failed. Its error may quote the message, so only the class is
        kept.
    """
    try:
        await get(EmailBackend).send(message)
    except (Retry, PermanentFailure):
        raise
    except Exception as error:  # noqa: BLE001 - reported below, without its text
        failure = type(error.__cause__ or error).__name__
    else:
        return
    raise EmailNotSent(failure)
