"""The e-mails of accounts, each composed and sent by one job.

A request enqueues the same job for every address, so that neither its response nor its duration
reveals who has an account; the job finds out what to send. The token of the link is drawn with the
request and sealed in the job, so that a retry sends the same link again.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from app.about import NAME
from app.accounts.limits import may_send_to
from app.accounts.models import EmailToken, Purpose, User
from app.accounts.settings import AccountSettings
from app.accounts.tokens import hash_token, new_token
from app.core.api import normalized_email
from app.core.db import AsyncSessionLocal
from app.core.email import EmailMessage, deliver_email
from app.core.jobs import Job, PermanentFailure, job
from app.core.services import get
from app.core.signing import seal, unseal

SALT = "account email"

log = structlog.get_logger()


class AccountEmail(BaseModel):
    """A request for an e-mail.

    Attributes:
        email: The recipient's address.
        user_id: The user who asked, if the address is not theirs yet.
        token: The token of the link.
        key: The idempotency key of the message.
    """

    email: str
    user_id: UUID | None = None
    token: str = Field(default_factory=new_token, repr=False)
    key: str = Field(default_factory=lambda: str(uuid7()))


class SealedAccountEmail(BaseModel):
    """An `AccountEmail` that only this service can read."""

    sealed: str


Compose = Callable[[AsyncSession, AccountEmail], Awaitable[EmailMessage | None]]


async def enqueue_account_email(
    session: AsyncSession,
    send: Job[SealedAccountEmail],
    *,
    email: str,
    user_id: UUID | None = None,
) -> None:
    """Enqueue one of the jobs below.

    Args:
        session: The transaction that the e-mail belongs to.
        send: The job.
        email: The recipient's address.
        user_id: The user who asked, if the address is not theirs yet.
    """
    request = AccountEmail(email=email, user_id=user_id)
    sealed = seal(request.model_dump_json().encode(), salt=SALT)
    await send.enqueue(session, SealedAccountEmail(sealed=sealed))


@job(name="send_signup_email", leased=True)
async def send_signup_email(_session: AsyncSession, payload: SealedAccountEmail) -> None:
    """Send a verification link, or a note that the address has an account."""
    await _send(payload, _compose_signup)


@job(name="send_verification_email", leased=True)
async def send_verification_email(_session: AsyncSession, payload: SealedAccountEmail) -> None:
    """Send another verification link, if the address has an unverified account."""
    await _send(payload, _compose_verification)


@job(name="send_email_change", leased=True)
async def send_email_change(_session: AsyncSession, payload: SealedAccountEmail) -> None:
    """Send a link that changes a user's address to this one, unless another user has it."""
    await _send(payload, _compose_email_change)


@job(name="send_password_reset", leased=True)
async def send_password_reset(_session: AsyncSession, payload: SealedAccountEmail) -> None:
    """Send a link to choose a new password, if the address has an account."""
    await _send(payload, _compose_password_reset)


def welcome_email(email: str) -> EmailMessage:
    """Return the message sent when a user's address is verified for the first time."""
    return EmailMessage(
        template="welcome",
        to=email,
        subject=f"Welcome to {NAME}",
        text="Your address is verified and your account is ready: you can log in now.\n",
    )


async def _send(payload: SealedAccountEmail, compose: Compose) -> None:
    try:
        request = AccountEmail.model_validate_json(unseal(payload.sealed, salt=SALT))
    except ValueError as error:
        raise PermanentFailure(str(error)) from None
    # In a transaction of its own: the token is committed before the link to it is sent.
    async with AsyncSessionLocal.begin() as session:
        message = await compose(session, request)
        if message and not await may_send_to(message.to, template=message.template):
            log.info("account_email_limited", template=message.template)
            message = None
            await session.rollback()  # the last link that was sent stays valid
    if message:
        await deliver_email(message)


async def _compose_signup(session: AsyncSession, request: AccountEmail) -> EmailMessage | None:
    user = await _find_user(session, request.email)
    if user and user.verified_at:
        return _already_registered(user.email, request)
    return await _verification_link(session, user, request)


async def _compose_verification(
    session: AsyncSession, request: AccountEmail
) -> EmailMessage | None:
    user = await _find_user(session, request.email)
    if user and user.verified_at:
        return None
    return await _verification_link(session, user, request)


async def _compose_email_change(
    session: AsyncSession, request: AccountEmail
) -> EmailMessage | None:
    holder = await _find_user(session, request.email)
    if holder and holder.id != request.user_id:
        return _already_registered(request.email, request)
    user = await session.get(User, request.user_id)
    return await _verification_link(session, user, request)


async def _compose_password_reset(
    session: AsyncSession, request: AccountEmail
) -> EmailMessage | None:
    user = await _find_user(session, request.email)
    if user is None or user.disabled_at:
        return None
    settings = get(AccountSettings)
    minutes = settings.password_reset_minutes
    await _store_token(
        session, user, request, Purpose.RESET_PASSWORD, lifetime=timedelta(minutes=minutes)
    )
    return _link_email(
        request,
        template="reset_password",
        to=user.email,
        page=settings.password_reset_link,
        subject="Choose a new password",
        reason="Someone, hopefully you, asked to choose a new password for your account.",
        terms=(
            f"It works once, within {minutes} minutes. If it was not you, ignore this message: "
            "your password stays the same."
        ),
    )


def _already_registered(email: str, request: AccountEmail) -> EmailMessage:
    return EmailMessage(
        template="already_registered",
        key=request.key,
        to=email,
        subject="You already have an account",
        text=(
            "Someone, perhaps you, asked for an account with this address. It already has one: "
            "log in with it, or choose a new password if you do not remember the old one.\n"
        ),
    )


async def _verification_link(
    session: AsyncSession, user: User | None, request: AccountEmail
) -> EmailMessage | None:
    if user is None or user.disabled_at:
        return None
    settings = get(AccountSettings)
    hours = settings.verification_hours
    await _store_token(
        session, user, request, Purpose.VERIFY_ADDRESS, lifetime=timedelta(hours=hours)
    )
    return _link_email(
        request,
        template="verify_address",
        to=request.email,
        page=settings.verification_link,
        subject="Verify your address",
        reason="Someone, hopefully you, gave this address for an account.",
        terms=(
            f"It works once, within {hours} hours. If it was not you, ignore this message: the "
            "account cannot be used."
        ),
    )


def _link_email(
    request: AccountEmail,
    *,
    template: str,
    to: str,
    page: str | None,
    subject: str,
    reason: str,
    terms: str,
) -> EmailMessage:
    """Return a message with the link to a page, or with the token where no page is set."""
    link = page.replace("{token}", request.token) if page else None
    text = f"{reason}\n\n{link or f'Your token: {request.token}'}\n\n{terms}\n"
    return EmailMessage(
        template=template, key=request.key, to=to, link=link, subject=subject, text=text
    )


async def _find_user(session: AsyncSession, email: str) -> User | None:
    user: User | None = await session.scalar(
        select(User).where(User.email_key == normalized_email(email))
    )
    return user


async def _store_token(
    session: AsyncSession,
    user: User,
    request: AccountEmail,
    purpose: Purpose,
    *,
    lifetime: timedelta,
) -> None:
    """Store the hash of the token in place of the user's last one for this purpose."""
    email = user.email if purpose is Purpose.RESET_PASSWORD else request.email
    values = {
        "token_hash": hash_token(request.token),
        "email": email,
        "expires_at": datetime.now(UTC) + lifetime,
    }
    await session.execute(
        insert(EmailToken)
        .values(user_id=user.id, purpose=purpose, **values)
        .on_conflict_do_update(index_elements=[EmailToken.user_id, EmailToken.purpose], set_=values)
    )
