"""Tables: memberships."""

from datetime import date

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class ClubMembership(Base):
    """A person's membership of the club."""

    __tablename__ = "club_memberships"
    __table_args__ = (Index(None, "renews_on", "id"),)

    id: Mapped[UuidKey]
    email: Mapped[str] = mapped_column(String(254))
    payer_reference: Mapped[str] = mapped_column(String(60))
    renews_on: Mapped[date]
