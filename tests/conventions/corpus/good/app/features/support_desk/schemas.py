"""Request and response models of the support desk."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.api import BatchIds, ListQuery, Orders, RequestModel, ResponseModel, ShortText
from app.features.support_desk.models import SupportTicket

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"

LabelWord = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{0,39}$")]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]


class TicketQuery(ListQuery):
    """Order of the tickets."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[SupportTicket.created_at, SupportTicket.id]),
    ] = Field(default="-created_at", description="`-` is newest first.", examples=["-created_at"])


class TicketIn(RequestModel):
    """A question."""

    subject: ShortText = Field(examples=["The export stops at 500 rows"])
    labels: list[LabelWord] = Field(default_factory=list, max_length=5, examples=[["exports"]])


class ReplyIn(RequestModel):
    """A reply to a ticket."""

    text: LongText = Field(examples=["It stops for every month."])


class ClosingIn(RequestModel):
    """Tickets to close."""

    ids: BatchIds[UUID] = Field(examples=[[_ID]])


class TicketOut(ResponseModel):
    """A ticket."""

    id: UUID = Field(examples=[_ID])
    subject: str = Field(examples=["The export stops at 500 rows"])
    urgency: int = Field(examples=[3])
    label_words: list[str] = Field(examples=[["exports"]])
    assignee_email: str | None = Field(examples=["ada@example.com"])
    closed_at: datetime | None = Field(examples=[None])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class ReplyOut(ResponseModel):
    """A reply."""

    id: UUID = Field(examples=[_ID])
    text: str = Field(examples=["It stops for every month."])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class ClosedTicketOut(ResponseModel):
    """A ticket that was closed."""

    id: UUID = Field(examples=[_ID])
