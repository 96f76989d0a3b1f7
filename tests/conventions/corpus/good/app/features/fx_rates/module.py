"""The module of exchange rates: opens the client of the bank once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.fx_rates.client import BankClient
from app.features.fx_rates.router import router
from app.features.fx_rates.settings import FxSettings


@asynccontextmanager
async def open_bank(_app: FastAPI) -> AsyncIterator[None]:
    """Provide the client of the bank while the service runs."""
    settings = get(FxSettings)
    async with HttpClient("fx-bank", base_url=settings.fx_bank_url) as http:
        bank = BankClient(http, deadline=settings.fx_deadline_seconds)
        with provide(BankClient, bank):
            yield


module = Module(name="fx_rates", router=router, open=open_bank, settings=FxSettings)
