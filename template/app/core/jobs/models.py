"""The table of jobs."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db.models import Base, CreatedAt, UuidKey


class State(StrEnum):
    """The state of a job."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class QueuedJob(Base):
    """A job that waits or runs, is a dead letter, or is done and keeps its key.

    Attributes:
        payload: The argument; removed when the job is done.
        due_at: The time of the next attempt; of a done job, the time of its deletion; of a dead
            letter, the time it died.
        attempts: The number of attempts begun. It identifies the current attempt, as a fencing
            token does: an older one can no longer change the row.
        request_id: The request that enqueued the job.
        error: The reason why the last attempt failed.
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
