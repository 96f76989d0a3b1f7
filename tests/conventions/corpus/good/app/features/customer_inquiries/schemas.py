"""Request and response models of inquiries."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.api import Filter, ListQuery, Orders, RequestModel, ResponseModel, ShortText
from app.features.customer_inquiries.models import Inquiry, InquiryState

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


Labels = dict[Annotated[str, Field(pattern="^[a-z]{1,20}$")], Annotated[str, Field(max_length=80)]]
"""Labels of the customer's own; their number, their names and their values are limited."""


class InquiryQuery(ListQuery):
    """Filters and order of a list of inquiries."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[Inquiry.created_at, Inquiry.id]),
    ] = Field(default="-created_at", description="`-` sorts newest first.", examples=["created_at"])
    state: Annotated[InquiryState | None, Filter(Inquiry.state.__eq__)] = Field(
        default=None, examples=["open"]
    )


class InquiryIn(RequestModel):
    """A new inquiry."""

    subject: ShortText = Field(examples=["I cannot log in"])
    text: str = Field(min_length=1, max_length=10_000, examples=["Since Monday…"])
    labels: Labels = Field(default_factory=dict, max_length=10, examples=[{"team": "sales"}])


class InquiryOut(ResponseModel):
    """An inquiry."""

    id: UUID = Field(examples=[_ID])
    owner_id: UUID = Field(description="The customer.", examples=[_ID])
    subject: str = Field(examples=["I cannot log in"])
    state: str = Field(examples=["open"])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class QueuedReportOut(ResponseModel):
    """A report that is being made."""

    id: UUID = Field(examples=[_ID])
