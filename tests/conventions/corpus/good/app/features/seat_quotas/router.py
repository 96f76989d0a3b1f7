"""Endpoints of quotas."""

from datetime import date

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router
from app.core.db import ReadSession
from app.features.seat_quotas.counting import current_month, usage_of

router = Router(prefix=f"{API_V1}/quota-usage", tags=["quotas"])


class QuotaUsageOut(ResponseModel):
    """The use of each quota by the caller in this month."""

    month: date = Field(examples=["2026-01-01"])
    used: dict[str, int] = Field(examples=[{"exports": 4}])


@router.get("", response_model=Envelope[QuotaUsageOut])
async def read_quota_usage(user: CurrentUser, session: ReadSession) -> DataResponse[QuotaUsageOut]:
    """Return your use of each quota in this month."""
    used = await usage_of(session, user.id)
    return DataResponse(QuotaUsageOut(month=current_month(), used=used))
