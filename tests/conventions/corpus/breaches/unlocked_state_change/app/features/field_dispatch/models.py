"""Tables: work orders and refunds of them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class OrderState(StrEnum):
    """The state of a work order."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DONE = "done"
    CANCELED = "canceled"


class WorkOrder(Base):
    """Work at a customer's site."""

    __tablename__ = "work_orders"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'accepted', 'done', 'canceled')", name="state_known"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[UuidKey]
    state: Mapped[str] = mapped_column(String(16), default=OrderState.OPEN)
    technician: Mapped[str | None] = mapped_column(String(60))
    finished_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class VisitRefund(Base):
    """The fee of a visit that is paid back once."""

    __tablename__ = "visit_refunds"

    id: Mapped[UuidKey]
    order_id: Mapped[UUID] = mapped_column(
        ForeignKey(WorkOrder.id, ondelete="RESTRICT"), unique=True
    )
    created_at: Mapped[CreatedAt]
