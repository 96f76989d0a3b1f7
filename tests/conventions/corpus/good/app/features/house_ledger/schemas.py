"""Request and response models of the ledger."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, PlainSerializer, StringConstraints

from app.core.api import (
    Filter,
    ListQuery,
    Orders,
    RequestModel,
    ResponseModel,
    ShortText,
    UtcDatetime,
)
from app.features.house_ledger.models import LedgerAccount, LedgerTransaction

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
MAX_LINES = 50

Amount = Annotated[Decimal, Field(max_digits=19, decimal_places=4, examples=["-1250.00"])]
"""An amount with its sign: debits are positive, credits negative."""

AmountOut = Annotated[Decimal, PlainSerializer("{:f}".format)]
AccountNumber = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{3,12}$"), Field(examples=["1200"])
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(examples=["CHF"])]


class LedgerAccountQuery(ListQuery):
    """Order of the accounts."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[LedgerAccount.created_at, LedgerAccount.id]),
    ] = Field(default="created_at", description="`-` sorts newest first.", examples=["created_at"])


class LedgerTransactionQuery(ListQuery):
    """Filters and order of the transactions."""

    sort: Annotated[
        Literal["booked_at", "-booked_at"],
        Orders(booked_at=[LedgerTransaction.booked_at, LedgerTransaction.id]),
    ] = Field(default="-booked_at", description="`-` sorts newest first.", examples=["-booked_at"])
    booked_since: Annotated[UtcDatetime | None, Filter(LedgerTransaction.booked_at.__ge__)] = Field(
        default=None, examples=["2026-01-31T12:00:00Z"]
    )


class LedgerAccountIn(RequestModel):
    """A new account of the books."""

    number: AccountNumber
    name: ShortText = Field(examples=["Receivables"])
    currency: Currency
    lowest: Amount | None = Field(default=None, description="The lowest balance it may have.")


class FreezeIn(RequestModel):
    """An account to close for postings."""

    account_id: UUID = Field(description="The ledger account to freeze.", examples=[_ID])


class LedgerAccountOut(ResponseModel):
    """An account of the books."""

    id: UUID = Field(examples=[_ID])
    number: str = Field(examples=["1200"])
    name: str = Field(examples=["Receivables"])
    currency: str = Field(examples=["CHF"])
    balance: AmountOut = Field(examples=["1250.0000"])
    frozen_at: datetime | None = Field(examples=[None])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class LineIn(RequestModel):
    """One side of a transaction."""

    account_id: UUID = Field(description="The ledger account to post to.", examples=[_ID])
    amount: Amount


class LedgerTransactionIn(RequestModel):
    """A transaction; its lines add up to zero."""

    memo: ShortText = Field(examples=["Invoice 2026-0042"])
    lines: list[LineIn] = Field(min_length=2, max_length=MAX_LINES)


class LineOut(ResponseModel):
    """One side of a transaction."""

    account_id: UUID = Field(examples=[_ID])
    amount: AmountOut = Field(examples=["1250.0000"])


class LedgerTransactionOut(ResponseModel):
    """A transaction of the books."""

    id: UUID = Field(examples=[_ID])
    memo: str = Field(examples=["Invoice 2026-0042"])
    booked_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    lines: list[LineOut]
