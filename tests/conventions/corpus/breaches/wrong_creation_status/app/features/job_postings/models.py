"""Tables: job postings and applications."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class JobPosting(Owned, Base):
    """An open position."""

    __tablename__ = "job_postings"
    __table_args__ = (CheckConstraint("title <> ''", name="title_not_empty"),)

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]


class JobNote(Owned, Base):
    """A note of a recruiter."""

    __tablename__ = "job_notes"

    id: Mapped[UuidKey]
    text: Mapped[str] = mapped_column(String(200))
