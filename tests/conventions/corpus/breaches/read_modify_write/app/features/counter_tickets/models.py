"""Tables: counters and tickets."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class Counter(Base):
    """A counter that people wait at."""

    __tablename__ = "office_counters"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    last_number: Mapped[int] = mapped_column(default=0)
    topics: Mapped[list[str]] = mapped_column(ARRAY(String(30)), default=list)


class Ticket(Base):
    """The number of a person who waits."""

    __tablename__ = "counter_tickets"
    __table_args__ = (UniqueConstraint("counter_id", "number"),)

    id: Mapped[UuidKey]
    counter_id: Mapped[UUID] = mapped_column(ForeignKey(Counter.id, ondelete="CASCADE"))
    number: Mapped[int]
    created_at: Mapped[CreatedAt]
