"""The plans with their prices, and the invoices of a user."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import Page, paginate
from app.core.cache import Cache
from app.core.db import ReadSessionLocal
from app.core.services import get
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.entities import Price
from app.integrations.paddle.errors import InvoiceNotFound
from app.integrations.paddle.models import PaddleCustomer, PaddleTransaction
from app.integrations.paddle.schemas import InvoicePdfOut, InvoiceQuery, PlanOut, PriceOut
from app.integrations.paddle.settings import PaddleSettings

PRICES = Cache("paddle_prices", list[Price], ttl=300)


async def list_plans() -> list[PlanOut]:
    """Return the plans in the order of `PADDLE_PLANS`, with their active prices at Paddle."""
    plans = get(PaddleSettings).paddle_plans
    ids = [price_id for prices in plans.values() for price_id in prices]
    if not ids:
        return []
    prices = await PRICES.get(",".join(ids), lambda: get(PaddleClient).list_prices(ids))
    known = {price.id: price for price in prices}
    return [
        PlanOut(name=name, prices=[_show(known[key]) for key in keys if key in known])
        for name, keys in plans.items()
    ]


def _show(price: Price) -> PriceOut:
    cycle, trial = price.billing_cycle, price.trial_period
    return PriceOut(
        id=price.id,
        product_id=price.product_id,
        name=price.name or price.description,
        amount=price.unit_price.amount,
        currency_code=price.unit_price.currency_code,
        interval=cycle.interval if cycle else None,
        frequency=cycle.frequency if cycle else None,
        trial_interval=trial.interval if trial else None,
        trial_frequency=trial.frequency if trial else None,
        min_quantity=price.quantity.minimum,
        max_quantity=price.quantity.maximum,
    )


def _invoices_of(user_id: UUID) -> Select[PaddleTransaction]:
    customers = select(PaddleCustomer.id).where(PaddleCustomer.user_id == user_id)
    return select(PaddleTransaction).where(
        PaddleTransaction.customer_id.in_(customers), PaddleTransaction.billed_at.is_not(None)
    )


async def list_invoices(
    session: AsyncSession, user_id: UUID, query: InvoiceQuery
) -> Page[PaddleTransaction]:
    """Return one page of the user's transactions that were billed."""
    return await paginate(session, _invoices_of(user_id), query)


async def find_invoice_pdf(user_id: UUID, transaction_id: str) -> InvoicePdfOut:
    """Return a link to the PDF of an invoice.

    Raises:
        InvoiceNotFound: It is not the user's, or Paddle has not issued it yet.
    """
    own = _invoices_of(user_id).where(PaddleTransaction.id == transaction_id)
    async with ReadSessionLocal() as session:  # closed before Paddle is called
        invoice = await session.scalar(own)
    url = await get(PaddleClient).find_invoice(transaction_id) if invoice else None
    if url is None:
        raise InvoiceNotFound
    return InvoicePdfOut(url=url)
