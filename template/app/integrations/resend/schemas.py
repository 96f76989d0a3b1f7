"""Requests and responses of the Resend API."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.api import Filter, ListQuery, Orders, ResponseModel, normalized_email
from app.integrations.resend.models import Email, Reason, State, Suppression

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
_Address = Annotated[str, Field(max_length=254, pattern=r"^[!-~]+$", examples=["ada@example.com"])]


class EmailOut(ResponseModel):
    """A message, without its body."""

    id: UUID = Field(examples=[_ID])
    kind: str = Field(examples=["welcome"])
    address: str = Field(examples=["ada@example.com"])
    subject: str = Field(examples=["Welcome"])
    state: str = Field(examples=["delivered"], json_schema_extra={"enum": [*State]})
    state_at: datetime = Field(examples=["2026-01-31T12:00:02Z"])
    error: str | None = Field(
        description="Resend's name of the error that rejected it.", examples=["validation_error"]
    )
    resend_id: str | None = Field(examples=["56761188-7520-42d8-8898-ff6fc54ce618"])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class EmailQuery(ListQuery):
    """The query parameters of the list of messages."""

    sort: Annotated[
        Literal["created_at", "-created_at"], Orders(created_at=[Email.created_at, Email.id])
    ] = Field(default="-created_at", description="`-` starts with the newest.")
    state: Annotated[State | None, Filter(Email.state.__eq__)] = Field(
        default=None, description="Only messages in this state.", examples=["bounced"]
    )
    kind: Annotated[str | None, Filter(Email.kind.__eq__)] = Field(
        default=None,
        description="Only messages with this template.",
        examples=["welcome"],
        max_length=100,
        pattern=r"^[a-z][a-z0-9_]*$",
    )
    address: Annotated[
        _Address | None, Filter(lambda given: Email.address_key == normalized_email(given))
    ] = Field(default=None, description="Only messages to this address.")


class SuppressionOut(ResponseModel):
    """A suppressed address."""

    id: UUID = Field(examples=[_ID])
    address_key: str = Field(description="In lower case.", examples=["ada@example.com"])
    reason: str = Field(examples=["bounced"], json_schema_extra={"enum": [*Reason]})
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class SuppressionQuery(ListQuery):
    """The query parameters of the list of suppressions."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[Suppression.created_at, Suppression.id]),
    ] = Field(default="-created_at", description="`-` starts with the newest.")
    address: Annotated[
        _Address | None, Filter(lambda given: Suppression.address_key == normalized_email(given))
    ] = Field(default=None, description="Only this address.")
