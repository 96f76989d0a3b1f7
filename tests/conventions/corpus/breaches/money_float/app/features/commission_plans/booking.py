"""The booking of commissions."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.commission_plans.errors import DealBooked
from app.features.commission_plans.models import Commission, CommissionPlan
from app.features.commission_plans.schemas import CommissionOut, DealIn
from app.features.commission_plans.service import commission_of


async def book_commission(
    session: AsyncSession, number: str, deal: DealIn, *, plan_name: str
) -> CommissionOut:
    """Store the commission of a deal.

    Raises:
        DealBooked: It was booked before.
    """
    plan = (
        await session.scalars(select(CommissionPlan).where(CommissionPlan.name == plan_name))
    ).one()
    commission = commission_of(number, deal, plan)
    stored = (
        insert(Commission)
        .values(deal_number=number, revenue=deal.revenue, payout=commission.earned_total)
        .on_conflict_do_nothing(index_elements=[Commission.deal_number])
        .returning(Commission.id)
    )
    if await session.scalar(stored) is None:
        raise DealBooked
    return commission
