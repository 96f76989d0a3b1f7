"""Tables: lots of auctions."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UpdatedAt, UuidKey


class AuctionLot(Base):
    """Something that is sold to the highest bidder."""

    __tablename__ = "auction_lots"
    __table_args__ = (
        CheckConstraint("phase IN ('draft', 'running', 'sold', 'unsold')", name="phase_known"),
        Index(None, "phase", "ends_at"),
    )

    id: Mapped[UuidKey]
    phase: Mapped[str] = mapped_column(String(16), default="draft")
    highest_bid: Mapped[Decimal] = mapped_column(Numeric(12, 2), default=Decimal(0))
    bidder: Mapped[str | None] = mapped_column(String(60))
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    ends_at: Mapped[datetime]
    updated_at: Mapped[UpdatedAt]

    @property
    def takes_bids(self) -> bool:
        """`True` while bids are accepted."""
        return self.phase == "running" and not self.is_withdrawn

    def sell(self, bidder: str, bid: Decimal) -> None:
        """Note the highest bid."""
        self.bidder, self.highest_bid = bidder, bid
