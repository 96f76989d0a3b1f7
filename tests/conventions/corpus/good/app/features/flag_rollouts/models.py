"""Tables: flags, and the users for whom one is fixed."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class FeatureFlag(Base):
    """A feature that is on for a share of the users."""

    __tablename__ = "feature_flags"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_range"),
        CheckConstraint("name ~ '^[a-z][a-z0-9-]*$'", name="name_form"),
    )

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    percent: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class FlagOverride(Base):
    """A user for whom a flag is on or off regardless of its share; administrators decide it."""

    __tablename__ = "flag_overrides"
    __table_args__ = (Index(None, "user_id"),)

    flag_id: Mapped[UUID] = mapped_column(
        ForeignKey(FeatureFlag.id, ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    is_on: Mapped[bool]
