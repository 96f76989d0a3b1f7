"""Services of auctions."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.auction_lots.errors import BidTooLow, LotNotFound
from app.features.auction_lots.models import AuctionLot


class Auction:
    """One lot and its bids, in the transaction of one request."""

    def __init__(self, session: AsyncSession, lot: AuctionLot) -> None:
        """Take the transaction of the request, and the lot."""
        self._session = session
        self.lot = lot

    @classmethod
    async def open(cls, session: AsyncSession, lot_id: UUID) -> "Auction":
        """Return the auction of a lot.

        Raises:
            LotNotFound: No lot has this id.
        """
        lot = await session.get(AuctionLot, lot_id)
        if lot is None:
            raise LotNotFound
        return cls(session, lot)

    async def bid(self, bidder: str, amount: Decimal) -> AuctionLot:
        """Store a bid.

        Raises:
            BidTooLow: The lot takes no bids, or has a higher one.
        """
        lot = self.lot
        if not lot.takes_bids or amount <= lot.highest_bid:
            raise BidTooLow
        lot.sell(bidder, amount)  # breach: unlocked-state-change
        await self._session.flush()
        return lot

    async def end(self) -> None:
        """End a lot that runs."""
        if (lot := self.lot).phase != "running":
            return
        phase = "sold" if lot.bidder else "unsold"
        # breach: unlocked-state-change
        await self._session.execute(
            update(AuctionLot).where(AuctionLot.id == lot.id).values({AuctionLot.phase: phase})
        )


async def end_due_lots(session: AsyncSession) -> int:
    """End up to a hundred lots whose time is over, and return their number."""
    due = (
        select(AuctionLot)
        .where(AuctionLot.phase == "running", AuctionLot.ends_at <= datetime.now(UTC))
        .limit(100)
    )
    lots = (await session.scalars(due)).all()
    for lot in lots:
        lot.phase = "sold" if lot.bidder else "unsold"  # breach: unlocked-state-change
    await session.flush()
    return len(lots)


async def withdraw(session: AsyncSession, lot_id: UUID) -> None:
    """Take a lot out of the auction, unless it is sold.

    Raises:
        LotNotFound: No lot has this id.
    """
    auction = await Auction.open(session, lot_id)
    match auction.lot:
        case AuctionLot(phase="draft" | "running", is_withdrawn=False) as open_lot:
            open_lot.is_withdrawn = True  # breach: unlocked-state-change
        case _:
            return
