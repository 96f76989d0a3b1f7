"""Request and response models of identity checks."""

import socket
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from app.core.api import RequestModel, ResponseModel, ShortText

Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{4,100}$", max_length=100)]


class CompanyIn(RequestModel):
    """A company to check."""

    name: ShortText = Field(examples=["Acme Lda."])
    domain: Domain = Field(examples=["acme.example"])

    @field_validator("domain")
    @classmethod
    def _require_known_domain(cls, value: str) -> str:
        try:
            socket.getaddrinfo(value, 443)  # breach: blocking-call
        except OSError:
            message = "must be the name of a host"
            raise ValueError(message) from None
        return value


class CheckOut(ResponseModel):
    """The result of a check."""

    is_listed: bool = Field(examples=[False])
