"""The records of mails, for administrators and for those who leave."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.envelope import Page
from app.core.errors import NotFound
from app.core.pagination import paginate
from app.integrations.resend.models import Email, Suppression
from app.integrations.resend.schemas import EmailQuery, SuppressionQuery

PURGED_AT_ONCE = 1000


class SuppressionNotFound(NotFound):
    """No suppression has this id."""

    code = "suppression_not_found"
    message = "There is no suppression with this id."


async def list_emails(session: AsyncSession, query: EmailQuery) -> Page[Email]:
    """Return one page of the mails that fit."""
    return await paginate(session, select(Email), query)


async def list_suppressions(session: AsyncSession, query: SuppressionQuery) -> Page[Suppression]:
    """Return one page of the addresses that are not mailed any more."""
    return await paginate(session, select(Suppression), query)


async def lift_suppression(session: AsyncSession, suppression_id: UUID) -> None:
    """Let an address be mailed again.

    Raises:
        SuppressionNotFound: There is none with this id.
    """
    lifted = delete(Suppression).where(Suppression.id == suppression_id).returning(Suppression.id)
    if await session.scalar(lifted) is None:
        raise SuppressionNotFound


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """Delete what is known of the address of a user who leaves; mail that waits is not sent."""
    key = select(User.email_key).where(User.id == user_id).scalar_subquery()
    await session.execute(delete(Email).where(Email.address_key == key))
    await session.execute(delete(Suppression).where(Suppression.address_key == key))


async def purge_emails(session: AsyncSession, *, keep: timedelta) -> int:
    """Delete some of the records that are older than that, with their events.

    Returns:
        How many there were.
    """
    old = select(Email.id).where(Email.created_at < datetime.now(UTC) - keep)
    some = old.order_by(Email.created_at, Email.id).limit(PURGED_AT_ONCE)
    deleted = await session.scalars(delete(Email).where(Email.id.in_(some)).returning(Email.id))
    return len(deleted.all())
