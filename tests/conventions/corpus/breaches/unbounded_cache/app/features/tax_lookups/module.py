"""The parts that tax lookups plug into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.tax_lookups.office import TaxOffice
from app.features.tax_lookups.service import Validity
from app.features.tax_lookups.settings import TaxSettings


@asynccontextmanager
async def open_office(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the client of the tax office while the service runs."""
    async with HttpClient("tax_office", base_url=get(TaxSettings).tax_office_url) as client:
        with provide(TaxOffice, TaxOffice(client)), provide(Validity, Validity()):
            yield


module = Module(name="tax_lookups", open=open_office, settings=TaxSettings)
