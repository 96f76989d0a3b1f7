"""Counting the use of quotas: no request reads a count that it then writes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Forbidden
from app.features.seat_quotas.models import Quota, QuotaUsage

LIMITS: Mapping[str, Mapping[Quota, int]] = MappingProxyType(
    {
        "free": {Quota.SEATS: 3, Quota.EXPORTS: 5, Quota.API_CALLS: 1_000},
        "team": {Quota.SEATS: 25, Quota.EXPORTS: 200, Quota.API_CALLS: 100_000},
    }
)


class QuotaExhausted(Forbidden):
    """The plan does not include any more of this."""

    code = "quota_exhausted"
    message = "Your plan does not include more of this in this month. Choose a larger plan."


def current_month() -> date:
    """Return the first day of the month by UTC."""
    return datetime.now(UTC).date().replace(day=1)


async def use_quota(
    session: AsyncSession, account_id: UUID, quota: Quota, *, plan: str, amount: int = 1
) -> int:
    """Count a use and return the sum, in one statement that refuses a sum above the limit.

    Raises:
        QuotaExhausted: The sum would be above the limit of the plan.
    """
    limit = LIMITS[plan][quota]
    counted = insert(QuotaUsage).values(
        account_id=account_id, quota=quota, month=current_month(), used=amount
    )
    counted = counted.on_conflict_do_update(
        index_elements=["account_id", "quota", "month"],
        set_={"used": QuotaUsage.used + counted.excluded.used, "updated_at": func.now()},
        where=QuotaUsage.used + counted.excluded.used <= limit,
    )
    used: int | None = await session.scalar(counted.returning(QuotaUsage.used))
    if used is None or used > limit:
        raise QuotaExhausted
    return used


async def give_back(
    session: AsyncSession, account_id: UUID, quota: Quota, *, amount: int = 1
) -> None:
    """Take a use back, down to none."""
    await session.execute(
        update(QuotaUsage)
        .where(
            QuotaUsage.account_id == account_id,
            QuotaUsage.quota == quota,
            QuotaUsage.month == current_month(),
        )
        .values(used=func.greatest(QuotaUsage.used - amount, 0))
    )


@asynccontextmanager
async def counted_use(
    session: AsyncSession, account_id: UUID, quota: Quota, *, plan: str
) -> AsyncIterator[int]:
    """Count a use for the duration of a block; a savepoint undoes it together with the block.

    Raises:
        QuotaExhausted: The plan does not include it.
    """
    async with session.begin_nested():
        yield await use_quota(session, account_id, quota, plan=plan)


async def usage_of(session: AsyncSession, account_id: UUID) -> dict[str, int]:
    """Return the use of each quota in this month."""
    statement = select(QuotaUsage.quota, QuotaUsage.used).where(
        QuotaUsage.account_id == account_id, QuotaUsage.month == current_month()
    )
    rows = await session.execute(statement)
    return {row.quota: row.used for row in rows}


async def forget_user(session: AsyncSession, user_id: UUID) -> None:
    """Delete the counts of a user who leaves; the foreign key refuses to leave without them."""
    await session.execute(delete(QuotaUsage).where(QuotaUsage.account_id == user_id))
