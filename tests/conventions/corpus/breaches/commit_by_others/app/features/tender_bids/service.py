"""Services of tenders."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.tender_bids.models import Tender, TenderBid
from app.features.tender_bids.repository import Tenders
from app.features.tender_bids.saving import transactional, unit_of_work


async def open_tender(session: AsyncSession, reference: str) -> Tender:
    """Create a tender."""
    tender = Tender(reference=reference)
    await Tenders(session).save(tender)
    return tender


@transactional
async def withdraw_bid(session: AsyncSession, tender_id: UUID, vendor: str) -> None:
    """Delete the bid of a vendor."""
    await session.execute(
        delete(TenderBid).where(TenderBid.tender_id == tender_id, TenderBid.vendor == vendor)
    )


async def place_bid(
    session: AsyncSession, tender_id: UUID, vendor: str, amount: Decimal
) -> TenderBid:
    """Store what a vendor asks for."""
    bid = TenderBid(tender_id=tender_id, vendor=vendor, amount=amount)
    async with unit_of_work(session) as work:
        work.add(bid)
    return bid


async def award(session: AsyncSession, tender_id: UUID, vendor: str) -> None:
    """Delete the other bids of a tender, and write it down at once."""
    connection = await session.connection()
    await connection.execute(
        delete(TenderBid).where(TenderBid.tender_id == tender_id, TenderBid.vendor != vendor)
    )
    await connection.commit()  # breach: commit-by-others


async def replace_bid(session: AsyncSession, bid: TenderBid, amount: Decimal) -> None:
    """Replace the amount of a bid, in a transaction that cannot fail with the request."""
    if (running := session.get_transaction()) is not None:
        bid.amount = amount
        await session.flush()
        await running.commit()  # breach: commit-by-others
