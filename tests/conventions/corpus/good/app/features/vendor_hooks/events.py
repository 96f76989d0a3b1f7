"""The events of the vendors."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.core.api import RequestModel, UtcDatetime


class CourierEvent(BaseModel):
    """A parcel has moved; the courier may add fields that this service ignores."""

    id: str = Field(max_length=100)
    kind: Literal["picked_up", "delivered", "returned"]
    parcel: str = Field(max_length=40)
    at: AwareDatetime


class SigningEvent(BaseModel):
    """A person has signed a document or declined to."""

    event_id: str = Field(max_length=100)
    outcome: Literal["signed", "declined"]
    envelope_id: str = Field(max_length=60)
    at: AwareDatetime


class DeliveryReport(RequestModel):
    """The gateway has delivered a text message, or given up."""

    message_id: str = Field(max_length=100, examples=["sms-4711"])
    state: Literal["delivered", "failed"] = Field(examples=["delivered"])
    at: UtcDatetime = Field(examples=["2026-01-31T12:00:00Z"])
