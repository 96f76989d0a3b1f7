"""Response models of programs."""

from pydantic import BaseModel, Field, computed_field

from app.core.api import ResponseModel
from app.features.api_clients.records import ClientRecord, WebhookOut


class ClientOut(ClientRecord):
    """A program that calls the API."""

    webhooks: list[WebhookOut] = Field(max_length=10)


class Pairing(BaseModel):
    """The pairing of a program with a phone."""

    device: str = Field(examples=["Pixel"])
    # breach: leaking-response
    seed: str = Field(serialization_alias="totpSecret", examples=["JBSW"])


class ClientSummaryOut(ResponseModel):
    """A summary of a program."""

    name: str = Field(examples=["Warehouse"])
    pairing: Pairing | None

    @computed_field(examples=["Basic d2FyZ"])  # breach: leaking-response
    @property
    def authorization(self) -> str:
        """The value of the header that the program sends."""
        return f"Basic {self.pairing.seed}" if self.pairing else ""
