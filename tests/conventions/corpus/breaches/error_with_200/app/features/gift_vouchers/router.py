"""Endpoints of vouchers."""

from typing import Annotated

from fastapi import Depends, Path, Response

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.core.guards import RateLimit
from app.features.gift_vouchers import service
from app.features.gift_vouchers.schemas import (
    CODE,
    Outcome,
    Voucher,
    VoucherLockOut,
    VoucherOut,
)

GUESSES = RateLimit("10/minute", name="voucher_guesses")

VoucherCode = Annotated[str, Path(pattern=CODE, examples=["SPRING26ZRH1"])]

router = Router(prefix=f"{API_V1}/gift-vouchers", tags=["gift-vouchers"])


@router.put(
    "/{code}/lock", response_model=Envelope[VoucherLockOut], dependencies=[Depends(GUESSES)]
)
async def lock_voucher(
    _: CurrentUser, code: VoucherCode, register: Annotated[service.VoucherRegister, Depends()]
) -> DataResponse[Outcome]:
    """Lock a voucher for your cart."""
    return DataResponse(register.lock(code))


@router.get("/{code}", response_model=Envelope[VoucherOut], dependencies=[Depends(GUESSES)])
async def read_voucher(
    _: CurrentUser, code: VoucherCode, register: Annotated[service.VoucherRegister, Depends()]
) -> DataResponse[Voucher] | Response:
    """Return a voucher."""
    if voucher := register.find(code):
        return DataResponse(voucher)
    return service.problem("voucher_unknown")


@router.get(
    "/{code}/balance",
    response_model=Envelope[VoucherOut],
    dependencies=[Depends(GUESSES)],
)
async def read_voucher_balance(_: CurrentUser, code: VoucherCode) -> DataResponse[Voucher]:
    """Return the balance of a voucher."""
    return DataResponse(Voucher(await service.remaining_cents(code)))
