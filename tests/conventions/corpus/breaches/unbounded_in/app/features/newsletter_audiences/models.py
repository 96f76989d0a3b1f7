"""Tables: subscribers and opens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Subscriber(Base):
    """A person who gets the newsletter."""

    __tablename__ = "newsletter_subscribers"
    __table_args__ = (Index(None, "segment", "id"),)

    id: Mapped[UuidKey]
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    segment: Mapped[str] = mapped_column(String(30))


class IssueOpen(Base):
    """An issue that a subscriber has opened."""

    __tablename__ = "issue_opens"
    __table_args__ = (Index(None, "subscriber_id", "opened_at"),)

    id: Mapped[UuidKey]
    subscriber_id: Mapped[UUID] = mapped_column(ForeignKey(Subscriber.id, ondelete="CASCADE"))
    opened_at: Mapped[datetime]
