"""Endpoints of commissions."""

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, Router, ShortText, errors
from app.core.db import Session
from app.features.commission_plans.booking import book_commission
from app.features.commission_plans.errors import DealBooked
from app.features.commission_plans.schemas import CommissionOut, DealIn

router = Router(prefix=f"{API_V1}/commission-bookings", tags=["commissions"])


@router.put(
    "/{number}",
    response_model=Envelope[CommissionOut],
    responses=errors(InsufficientRole, DealBooked),
)
async def book_deal(
    _: Admin, session: Session, number: ShortText, deal: DealIn
) -> DataResponse[CommissionOut]:
    """Book the commission of a deal by the standard plan. Administrators only."""
    return DataResponse(await book_commission(session, number, deal, plan_name="standard"))
