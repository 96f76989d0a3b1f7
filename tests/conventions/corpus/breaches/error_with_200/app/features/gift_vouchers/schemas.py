"""Request and response models of vouchers."""

from dataclasses import dataclass

from pydantic import Field

from app.core.api import RequestModel, ResponseModel

CODE = r"^[A-Z0-9]{12}$"


class VoucherCheckIn(RequestModel):
    """A voucher to check."""

    code: str = Field(pattern=CODE, examples=["SPRING26ZRH1"])


class VoucherCheckOut(ResponseModel):
    """The result of a check."""

    ok: bool = Field(examples=[True])
    error: str | None = Field(examples=["voucher_expired"])


class VoucherOut(ResponseModel):
    """A voucher."""

    cents: int = Field(examples=[5000])


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher with its worth in cents."""

    cents: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A voucher, or the reason why there is none."""

    ok: bool
    error: str | None = None
