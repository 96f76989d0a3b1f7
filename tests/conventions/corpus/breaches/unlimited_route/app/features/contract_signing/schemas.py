"""Request and response models of contracts."""

from typing import Annotated

from pydantic import Field, SecretStr

from app.core.api import EmailAddress, RequestModel, ResponseModel, ShortText


class PreviewIn(RequestModel):
    """The contract to preview."""

    title: ShortText = Field(examples=["Lease of a flat"])


class PartyIn(RequestModel):
    """A party of a contract."""

    email: EmailAddress


class ConfirmationIn(RequestModel):
    """The confirmation of a signature."""

    pin: Annotated[SecretStr, Field(min_length=6, max_length=12, examples=["483920"])]


class ContractOut(ResponseModel):
    """A contract."""

    id: str = Field(examples=["Lease of a flat"])
