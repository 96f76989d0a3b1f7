"""Mail by jobs: a message waits, sealed, in the transaction that it belongs to.

What is mailed may open an account, so it does not lie readable in the database or its backups: it
is encrypted with a key that follows from `SECRET_KEY`. A message that was sealed under another key
is given up; set the old key again and have it tried again.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.email.backends import EmailNotSent, Message, current_mailer, hand_over
from app.core.jobs.registry import PermanentFailure, Retry, job
from app.core.mail_orders import find_writer
from app.core.signing import derive_key

_messages = TypeAdapter(Message)


class SealedMessage(BaseModel):
    """A message that only this service can read."""

    sealed: str


class OrderedMessage(BaseModel):
    """A message that is not written yet."""

    writer: str
    to: str


@job(name="send_mail")
async def send_mail(session: AsyncSession, payload: SealedMessage) -> None:  # noqa: ARG001 - every job is given one
    """Send a message. An error on the way may show what was mailed, so only its name goes on."""
    message = _unseal(payload)
    try:
        await current_mailer().send(message)
    except (Retry, PermanentFailure):
        raise
    except Exception as error:  # noqa: BLE001 - told below
        failure = type(error.__cause__ or error).__name__
    else:
        return
    raise EmailNotSent(failure)


@job(name="write_mail")
async def write_mail(session: AsyncSession, payload: OrderedMessage) -> None:
    """Have a message written, and hand it on in the same transaction."""
    message = await find_writer(payload.writer)(session, payload.to)
    if message:
        await hand_over(session, message)


async def carry_by_job(session: AsyncSession, message: Message) -> None:
    """Take charge of a message; for `carry_mail_by`."""
    await send_mail.enqueue(session, _seal(message), key=message.key)


async def order_by_job(session: AsyncSession, writer: str, to: str) -> bool:
    """Take an order; for `orders_taken_by`."""
    return await write_mail.enqueue(session, OrderedMessage(writer=writer, to=to))


def _seal(message: Message) -> SealedMessage:
    return SealedMessage(sealed=_cipher().encrypt(_messages.dump_json(message)).decode())


def _unseal(payload: SealedMessage) -> Message:
    try:
        return _messages.validate_json(_cipher().decrypt(payload.sealed))
    except InvalidToken:
        reason = "sealed under another SECRET_KEY"
        raise PermanentFailure(reason) from None


def _cipher() -> Fernet:
    return Fernet(urlsafe_b64encode(derive_key(purpose="sealed mail")))
