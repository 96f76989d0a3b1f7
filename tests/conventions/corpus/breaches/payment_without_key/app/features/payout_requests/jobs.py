"""Jobs of payouts."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import job
from app.core.services import get
from app.features.payout_requests.clients import PayoutBank
from app.features.payout_requests.schemas import PayoutIn


class BonusPayout(BaseModel):
    """A bonus to pay."""

    id: UUID
    cents: int


@job(name="pay_bonus", leased=True)
async def pay_bonus(_session: AsyncSession, payload: BonusPayout) -> None:
    """Pay a bonus."""
    bonus = PayoutIn(cents=payload.cents, reference="Bonus")
    await get(PayoutBank).pay(bonus, key=str(payload.id))
