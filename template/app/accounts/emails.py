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
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from app.about import NAME
from app.accounts.devices import Device
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
        origin: The time and the client of the request.
        token: The token of the link.
        key: The idempotency key of the message.
    """

    email: str
    user_id: UUID | None = None
    origin: str = "some time ago"
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
    device: Device,
    user_id: UUID | None = None,
) -> None:
    """Enqueue one of the jobs below.

    Args:
        session: The transaction that the e-mail belongs to.
        send: The job.
        email: The recipient's address.
        device: The device that sent the request.
        user_id: The user who asked, if the address is not theirs yet.
    """
    request = AccountEmail(email=email, user_id=user_id, origin=device.describe_request())
    sealed = seal(request.model_dump_json().encode(), salt=SALT)
    await send.enqueue(session, SealedAccountEmail(sealed=sealed))


@job(name="send_signup_email", leased=True)
async def send_signup_email(_session: AsyncSession, payload: SealedAccountEmail) -> None:
    """Send a verification link, or a note that the address has an account."""
    await _send(payload, _compose_signup)


@job(name="send_verification_email", leased=True)
async def send_verification_email(_session: AsyncSession, payload: SealedAccountEmail) -> None:
    """Send another link that verifies an address, if its account is unverified."""
    await _send(payload, _compose_verification)


@job(name="send_email_change", leased=True)
async def send_email_change(_session: AsyncSession, payload: SealedAccountEmail) -> None:
    """Send a link that changes a user's address to this one, unless another user has it."""
    await _send(payload, _compose_email_change)


@job(name="send_password_reset", leased=True)
async def send_password_reset(_session: AsyncSession, payload: SealedAccountEmail) -> None:
    """Send a link to choose a new password, if the address has an account."""
    await _send(payload, _compose_password_reset)


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
    if user is None or user.disabled_at:
        return None
    settings = get(AccountSettings)
    hours = settings.verification_hours
    await _store_token(
        session, user, request, Purpose.CHANGE_ADDRESS, lifetime=timedelta(hours=hours)
    )
    return _link_email(
        request,
        template="change_address",
        to=request.email,
        page=settings.address_change_link,
        subject=f"Use this address for {NAME}",
        reason=f"A user of {NAME} asked to log in with this address from now on",
        terms=(
            f"It works once, within {hours} hours, while that user is logged in. If it was not "
            "you, ignore this message: nothing changes."
        ),
    )


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
        subject=f"Choose a new password for {NAME}",
        reason=f"Someone, hopefully you, asked to choose a new password for your account at {NAME}",
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
        subject=f"You already have an account at {NAME}",
        text=(
            f"Someone, perhaps you, asked for an account at {NAME} with this address "
            f"({request.origin}).\n\n"
            "It already has one: log in with it, or choose a new password if you do not remember "
            "the old one. If it was not you, ignore this message: nothing changes.\n"
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
        subject=f"Verify your address for {NAME}",
        reason=f"Someone, hopefully you, asked for an account at {NAME} with this address",
        terms=(
            f"Verify the address and choose the password there. It works once, within {hours} "
            "hours. If it was not you, ignore this message: nobody can use the account."
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
    reason = f"{reason} ({request.origin})."
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
    """Store the hash of the token, and delete the user's expired ones."""
    now = datetime.now(UTC)
    expired = (EmailToken.user_id == user.id, EmailToken.expires_at <= now)
    await session.execute(delete(EmailToken).where(*expired))
    email = user.email if purpose is Purpose.RESET_PASSWORD else request.email
    values = {
        "user_id": user.id,
        "purpose": purpose,
        "email": email,
        "expires_at": now + lifetime,
    }
    await session.execute(
        insert(EmailToken)
        .values(token_hash=hash_token(request.token), **values)
        .on_conflict_do_update(index_elements=[EmailToken.token_hash], set_=values)
    )
