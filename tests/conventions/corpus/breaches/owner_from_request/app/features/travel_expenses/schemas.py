"""Request and response models of expenses."""

from uuid import UUID

from pydantic import Field

from app.core.api import RequestModel, ResponseModel, ShortText, WholeNumber

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


class Claimant(RequestModel):
    """The person who paid."""

    name: ShortText = Field(examples=["Ada Lovelace"])
    user_id: UUID = Field(examples=[_ID])  # breach: owner-from-request


class ExpenseIn(RequestModel):
    """A new expense."""

    purpose: ShortText = Field(examples=["Train to Geneva"])
    cents: WholeNumber = Field(ge=1, le=10_000_000, examples=[8800])
    paid_by: Claimant


class ExpenseSummaryQuery(RequestModel):
    """A query for the sum of one employee's expenses."""

    employee: UUID = Field(examples=[_ID])  # breach: owner-from-request


class ExpenseApproval(RequestModel):
    """The approval of an expense."""

    approver: UUID = Field(alias="approvedBy", examples=[_ID])  # breach: owner-from-request


class ExpenseOut(ResponseModel):
    """An expense."""

    id: UUID = Field(examples=[_ID])
    cents: int = Field(examples=[8800])


class ExpenseSummaryOut(ResponseModel):
    """The sum of expenses."""

    cents: int = Field(examples=[8800])
