"""The parts that this feature plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.gift_vouchers.clients import VoucherBank
from app.features.gift_vouchers.router import router
from app.features.gift_vouchers.settings import VoucherBankSettings


@asynccontextmanager
async def open_voucher_bank(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the client open while the service runs."""
    url = get(VoucherBankSettings).voucher_bank_url
    async with HttpClient("voucher_bank", base_url=url) as client:
        with provide(VoucherBank, VoucherBank(client)):
            yield


module = Module(
    name="gift_vouchers",
    router=router,
    open=open_voucher_bank,
    settings=VoucherBankSettings,
)
