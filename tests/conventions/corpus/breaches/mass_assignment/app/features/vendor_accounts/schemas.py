"""Request and response models of vendors."""

from typing import Literal
from uuid import UUID

from pydantic import MISSING, Field, StrictBool

from app.core.api import RequestModel, ResponseModel, ShortText, WholeNumber


class VendorFields(RequestModel):
    """The fields of a vendor."""

    name: ShortText = Field(examples=["Honey & Sons"])
    role: Literal["seller", "broker"] = Field(default="seller", examples=["seller"])
    is_verified: StrictBool = Field(default=False, examples=[False])


class VendorIn(VendorFields):
    """A new vendor."""

    balance_cents: WholeNumber = Field(default=0, ge=0, le=1_000_000, examples=[0])


class VendorPatch(RequestModel):
    """Changes to a vendor; omitted fields stay unchanged."""

    name: ShortText | MISSING = Field(default=MISSING, examples=["Honey & Sons"])
    is_verified: StrictBool | MISSING = Field(default=MISSING, examples=[False])


class VendorOut(ResponseModel):
    """A vendor."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    name: str = Field(examples=["Honey & Sons"])
