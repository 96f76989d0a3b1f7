"""Jobs of payouts."""

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import job
from app.core.services import get
from app.features.payout_requests.clients import PayoutBank
from app.features.payout_requests.schemas import PayoutIn


class BonusPayout(BaseModel):
    """A bonus to pay."""

    cents: int


@job(name="pay_bonus", leased=True)
async def pay_bonus(_session: AsyncSession, payload: BonusPayout) -> None:
    """Pay a bonus."""
    await get(PayoutBank).pay(PayoutIn(cents=payload.cents, reference="Bonus"))
