"""Endpoints of coupons."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import Field, PlainSerializer, StringConstraints

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    with_location,
)
from app.core.guards import RateLimit
from app.features.coupon_redemptions.models import CouponRedemption
from app.features.coupon_redemptions.service import CouponExhausted, CouponRedeemed, redeem

router = Router(prefix=f"{API_V1}/coupon-redemptions", tags=["coupons"])

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{4,20}$")]


class RedemptionIn(RequestModel):
    """A coupon and the order that it is for."""

    code: Code = Field(examples=["SPRING-26"])
    order_number: Annotated[str, StringConstraints(pattern=r"^[0-9-]{4,20}$")] = Field(
        examples=["2026-0042"]
    )


class RedemptionOut(ResponseModel):
    """A coupon that was redeemed."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    order_number: str = Field(examples=["2026-0042"])
    discount: Annotated[Decimal, PlainSerializer("{:f}".format)] = Field(examples=["10.00"])
    redeemed_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


@router.post(
    "",
    response_model=Envelope[RedemptionOut],
    status_code=201,
    dependencies=[Depends(RateLimit("10/minute", name="coupon_guesses"))],
    responses=with_location(CouponExhausted, CouponRedeemed),
)
async def redeem_coupon(
    user: CurrentUser, session: OwnSession, new: RedemptionIn, request: Request, response: Response
) -> DataResponse[CouponRedemption]:
    """Redeem a coupon for one of your orders; each coupon once."""
    redemption = await redeem(session, new.code, order_number=new.order_number, owner_id=user.id)
    response.headers["Location"] = f"{request.url.path}/{redemption.id}"
    return DataResponse(redemption)
