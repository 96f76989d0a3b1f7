"""Charges."""

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.http import HttpClient
from app.core.jobs import job
from app.core.services import get


class Charge(BaseModel):
    """The payload of the job."""

    amount: int


@job(name="charge_customer", leased=True)
async def charge_customer(_session: AsyncSession, payload: Charge) -> None:
    """Charge a customer."""
    body = {"amount": payload.amount}
    await get(HttpClient).request("POST", "/charges", json=body)  # violates: effect-without-key
