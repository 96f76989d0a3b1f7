"""Endpoints of currency desks."""

from decimal import Decimal
from typing import Annotated

from fastapi import Depends, Path
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.core.guards import RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.features.currency_desks.bank import Rates, stock_of

router = Router(
    prefix=f"{API_V1}/cash-rates",
    tags=["cash"],
    dependencies=[Depends(RateLimit("60/minute"))],
)


class CashRateOut(ResponseModel):
    """The rate of a currency, and whether there is cash of it."""

    rate: Decimal = Field(examples=["1.0842"])
    is_in_stock: bool = Field(examples=[True])


@router.get("/{currency}", response_model=Envelope[CashRateOut], responses=errors(*UPSTREAM_ERRORS))
async def read_cash_rate(
    _: CurrentUser, rates: Rates, currency: Annotated[str, Path(pattern="^[A-Z]{3}$")]
) -> DataResponse[CashRateOut]:
    """Return the rate of a currency."""
    rate = await rates.rate(currency)
    return DataResponse(CashRateOut(rate=rate, is_in_stock=await stock_of(currency) > 0))
