"""Base models of programs, as the database holds them."""

from datetime import datetime

from pydantic import Field

from app.core.api import ResponseModel


class ClientRecord(ResponseModel):
    """A program as the database holds it."""

    name: str = Field(examples=["Warehouse"])
    client_secret_digest: str = Field(examples=["5f4d"])  # breach: leaking-response
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class WebhookOut(ResponseModel):
    """The address to which events are sent."""

    path: str = Field(examples=["/events"])
    signing_key: str = Field(examples=["whk_5f4d"])  # breach: leaking-response
