"""Services of payment links: the other service is asked before anything is written."""

from datetime import UTC, datetime
from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS, OwnerSession
from app.core.db import release_connection
from app.core.jobs import job
from app.core.services import get
from app.features.payment_links.client import PaymentClient
from app.features.payment_links.models import PaymentLink
from app.features.payment_links.schemas import PaymentLinkIn

CHECKED_AT_ONCE = 200
SHOWN_DIGITS = 4

log = structlog.get_logger(__name__)


def masked(email: str) -> str:
    """Return an address of which a log shows the domain alone."""
    return f"…@{email.rpartition('@')[2]}"


async def create_link(
    session: OwnerSession, new: PaymentLinkIn, *, owner_id: UUID, key: str, email: str
) -> PaymentLink:
    """Make a link at the payment service, then store it; a repeated one is stored once.

    Raises:
        PaymentAnswerInvalid: The payment service sent an unusable response.
        PaymentRefused: The payment service refuses the amount.
        UpstreamError: The payment service does not respond.
    """
    await release_connection(session)
    remote = await get(PaymentClient).create_link(
        new.amount_cents, new.currency, labels=new.labels, key=f"{owner_id}:{key}"
    )
    statement = insert(PaymentLink).values(
        owner_id=owner_id,
        remote_id=remote.id,
        url=remote.url,
        amount_cents=new.amount_cents,
        currency=new.currency,
        labels=new.labels,
    )
    stored = statement.on_conflict_do_update(
        index_elements=["remote_id"], set_={"url": statement.excluded.url}
    ).returning(PaymentLink)
    link = (await session.scalars(stored)).one()
    log.info("payment_link_created", link_id=str(link.id), merchant=masked(email))
    return link


class CheckPayments(BaseModel):
    """A round of checks."""

    started_at: datetime


@job(name="check_payments", leased=True)
async def check_payments(session: AsyncSession, payload: CheckPayments) -> None:
    """Ask for the links that were not paid, and store which of them are by now."""
    unpaid = (
        select(PaymentLink.remote_id)
        .where(PaymentLink.paid_at.is_(None), PaymentLink.created_at < payload.started_at)
        .order_by(PaymentLink.created_at)
        .limit(CHECKED_AT_ONCE)
        .options(ALL_OWNERS)
    )
    ids = (await session.scalars(unpaid)).all()
    await release_connection(session)
    found = await get(PaymentClient).find_links(ids) if ids else []
    paid = [link.id for link in found if link.is_paid]
    await session.execute(
        update(PaymentLink)
        .where(PaymentLink.remote_id.in_(paid), PaymentLink.paid_at.is_(None))
        .values(paid_at=datetime.now(UTC))
        .options(ALL_OWNERS)
    )
    log.info("payments_checked", asked=len(ids), paid=len(paid))
