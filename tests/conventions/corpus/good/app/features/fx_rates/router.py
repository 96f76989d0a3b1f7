"""Endpoints of exchange rates."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field, PlainSerializer, StringConstraints

from app.accounts.dependencies import CurrentUser
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    errors,
)
from app.core.errors import NotFound
from app.core.guards import RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.features.fx_rates.client import BankClient, RatesUnreadable

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(examples=["CHF"])]
Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2, examples=["120.50"])]
MoneyOut = Annotated[Decimal, PlainSerializer("{:f}".format)]

router = Router(prefix=f"{API_V1}/currency-conversions", tags=["currencies"])


class CurrencyUnknown(NotFound):
    """The bank publishes no rate of the currency."""

    code = "fx_currency_unknown"
    message = "The bank has no rate of one of the currencies."


class ConversionQuery(RequestModel):
    """An amount to convert."""

    amount: Money
    source: Currency
    target: Currency
    day: date | None = Field(default=None, description="The newest rates if omitted.")


class ConversionOut(ResponseModel):
    """An amount in the other currency."""

    amount: MoneyOut = Field(examples=["114.10"])
    currency: str = Field(examples=["CHF"])
    day: date = Field(examples=["2026-01-30"])


@router.get(
    "",
    response_model=Envelope[ConversionOut],
    dependencies=[Depends(RateLimit("60/minute", name="currency_conversions"))],
    responses=errors(CurrencyUnknown, RatesUnreadable, *UPSTREAM_ERRORS),
)
async def convert_currency(
    _user: CurrentUser, query: Annotated[ConversionQuery, Query()]
) -> DataResponse[ConversionOut]:
    """Convert an amount by the rates of a day."""
    rates = await get(BankClient).rates_of(query.day)
    try:
        amount = rates.convert(query.amount, source=query.source, target=query.target)
    except KeyError as error:
        raise CurrencyUnknown from error
    return DataResponse(ConversionOut(amount=amount, currency=query.target, day=rates.day))
