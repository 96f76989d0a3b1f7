"""The records of messages: lists for administrators, deletion with a user, expiry."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.api import Page, paginate
from app.core.errors import NotFound
from app.core.services import get
from app.integrations.resend.models import (
    IS_SUPPRESSED,
    Email,
    EmailEvent,
    State,
    Suppression,
)
from app.integrations.resend.schemas import EmailQuery, SuppressionQuery
from app.integrations.resend.settings import ResendSettings

PURGED_AT_ONCE = 1000
UNKNOWN_FOR = timedelta(days=2)
"""The time for which an event waits for its message; Resend remembers a retry for one day."""


class SuppressionNotFound(NotFound):
    """No suppression has this id."""

    code = "suppression_not_found"
    message = "There is no suppression with this id."


async def list_emails(session: AsyncSession, query: EmailQuery) -> Page[Email]:
    """Return one page of the messages that match."""
    return await paginate(session, select(Email), query)


async def list_suppressions(session: AsyncSession, query: SuppressionQuery) -> Page[Suppression]:
    """Return one page of the suppressed addresses."""
    return await paginate(session, select(Suppression).where(IS_SUPPRESSED), query)


async def lift_suppression(session: AsyncSession, suppression_id: UUID) -> None:
    """Remove an address from the suppression list.

    Raises:
        SuppressionNotFound: No suppression has this id.
    """
    lifted = delete(Suppression).where(Suppression.id == suppression_id).returning(Suppression.id)
    if await session.scalar(lifted) is None:
        raise SuppressionNotFound


async def forget_user(session: AsyncSession, user_id: UUID) -> None:
    """Delete the records of a user's address; messages that still wait are not sent."""
    key = select(User.email_key).where(User.id == user_id).scalar_subquery()
    theirs = Email.address_key == key
    pending = (State.QUEUED, State.FAILED)
    blank = {"state": State.SUPPRESSED, "address": "", "address_key": "", "subject": ""}
    await session.execute(update(Email).where(theirs, Email.state.in_(pending)).values(blank))
    await session.execute(delete(Email).where(theirs))
    await session.execute(delete(Suppression).where(Suppression.address_key == key))


async def purge_emails(session: AsyncSession) -> int:
    """Delete some records older than RESEND_KEEP_DAYS with their events; return their number.

    Events about unknown messages, such as those of another service, are deleted after two days.
    """
    now = datetime.now(UTC)
    oldest = now - timedelta(days=get(ResendSettings).resend_keep_days)
    old = select(Email.id).where(Email.created_at < oldest).limit(PURGED_AT_ONCE)
    deleted = await session.scalars(delete(Email).where(Email.id.in_(old)).returning(Email.id))
    unknown = (
        select(EmailEvent.id)
        .where(EmailEvent.resend_id.is_not(None), EmailEvent.created_at < now - UNKNOWN_FOR)
        .limit(PURGED_AT_ONCE)
    )
    ignored = delete(EmailEvent).where(EmailEvent.id.in_(unknown)).returning(EmailEvent.id)
    return len(deleted.all()) + len((await session.scalars(ignored)).all())
