"""The parts that this feature plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.payout_requests.clients import PayoutBank
from app.features.payout_requests.jobs import pay_bonus
from app.features.payout_requests.router import router
from app.features.payout_requests.settings import PayoutBankSettings


@asynccontextmanager
async def open_payout_bank(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the client open while the service runs."""
    url = get(PayoutBankSettings).payout_bank_url
    async with HttpClient("payout_bank", base_url=url) as client:
        with provide(PayoutBank, PayoutBank(client)):
            yield


module = Module(
    name="payout_requests",
    router=router,
    open=open_payout_bank,
    settings=PayoutBankSettings,
    jobs=(pay_bonus,),
)
