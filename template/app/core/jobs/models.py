"""The table of jobs."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db.models import Base, CreatedAt, UuidKey


class State(StrEnum):
    """What is to become of a job."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class QueuedJob(Base):
    """A job that waits or runs, has given up, or is done and keeps its key.

    Attributes:
        payload: What the job was given; gone when it is done.
        due_at: When it is run; of a done one, when it is forgotten; of a dead one, when it died.
        attempts: How often it was begun. A run belongs to one of these numbers.
        request_id: The request that asked for it.
        error: Why it was not done the last time.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'dead')", name="state_known"),
        UniqueConstraint("name", "key"),
        Index(None, "state", "due_at", "id"),
    )

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(100))
    key: Mapped[str | None] = mapped_column(String(255))
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(String(10), default=State.WAITING)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    request_id: Mapped[str | None] = mapped_column(String(128))
    error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]
