"""Tables: renderings."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, UuidKey


class RenderState(StrEnum):
    """The state of a rendering."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"


class PdfRendering(Owned, Base):
    """A document that is rendered.

    Attributes:
        content_hash: The SHA-256 of the PDF in hexadecimal, by which clients compare their copy.
    """

    __tablename__ = "pdf_renderings"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'done', 'failed')", name="state_known"),
        Index(None, "owner_id", "queued_at", "id"),
    )

    id: Mapped[UuidKey]
    template: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(6), default=RenderState.QUEUED)
    pages: Mapped[int | None]
    content_hash: Mapped[str | None] = mapped_column(String(64))
    queued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
