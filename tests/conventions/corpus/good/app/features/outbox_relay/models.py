"""Tables: messages that wait for the bus."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class OutboxMessage(Base):
    """A message, written with its event, and deleted once the bus has it."""

    __tablename__ = "outbox_messages"
    __table_args__ = (Index(None, "due_at", "id"),)

    id: Mapped[UuidKey]
    topic: Mapped[str] = mapped_column(String(80))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
