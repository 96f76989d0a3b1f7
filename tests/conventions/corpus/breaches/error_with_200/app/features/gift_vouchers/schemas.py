"""Response models of vouchers."""

from dataclasses import dataclass

from pydantic import Field

from app.core.api import ResponseModel

CODE = r"^[A-Z0-9]{12}$"


class VoucherLockOut(ResponseModel):
    """The lock on a voucher, so that no other cart uses it."""

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
    """The result of a lock: success, or the reason of the failure."""

    ok: bool
    error: str | None = None
