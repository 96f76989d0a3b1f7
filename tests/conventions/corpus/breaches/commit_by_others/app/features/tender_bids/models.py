"""Tables: tenders and bids."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class Tender(Base):
    """Work that vendors bid for."""

    __tablename__ = "tenders"

    id: Mapped[UuidKey]
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    created_at: Mapped[CreatedAt]


class TenderBid(Base):
    """The price that a vendor asks for the work."""

    __tablename__ = "tender_bids"
    __table_args__ = (UniqueConstraint("tender_id", "vendor"),)

    id: Mapped[UuidKey]
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id, ondelete="CASCADE"))
    vendor: Mapped[str] = mapped_column(String(60))
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    created_at: Mapped[CreatedAt]
