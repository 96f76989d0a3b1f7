"""The module of payment links."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.payment_links.client import PaymentClient
from app.features.payment_links.router import router
from app.features.payment_links.service import check_payments
from app.features.payment_links.settings import PaymentLinkSettings


@asynccontextmanager
async def open_payments(_app: FastAPI) -> AsyncIterator[None]:
    """Provide the client while the service runs."""
    settings = get(PaymentLinkSettings)
    key = settings.pay_api_key.get_secret_value() if settings.pay_api_key else ""
    headers = {"Authorization": f"Bearer {key}"}
    async with HttpClient("pay", base_url=settings.pay_api_url, headers=headers) as http:
        with provide(PaymentClient, PaymentClient(http, settings.pay_timeout_seconds)):
            yield


module = Module(
    name="payment_links",
    router=router,
    open=open_payments,
    settings=PaymentLinkSettings,
    jobs=(check_payments,),
)
