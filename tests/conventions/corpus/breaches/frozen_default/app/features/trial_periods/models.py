"""Tables: trials and the codes that extend them."""

from datetime import UTC, datetime
from secrets import token_urlsafe
from uuid import UUID, uuid4

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey
from app.features.trial_periods import clock


class Trial(Base):
    """The trial of a workspace."""

    __tablename__ = "workspace_trials"

    id: Mapped[UuidKey]
    workspace: Mapped[str] = mapped_column(String(60), unique=True)
    reference: Mapped[UUID] = mapped_column(unique=True, default=uuid4())  # breach: frozen-default
    starts_at: Mapped[datetime] = mapped_column(
        default=datetime.now(tz=UTC)  # breach: frozen-default
    )
    # breach: frozen-default
    ends_at: Mapped[datetime] = mapped_column(default=clock.in_days(clock.TRIAL_DAYS))
    seen_at: Mapped[datetime] = mapped_column(
        default=clock.now,
        onupdate=clock.now(),  # breach: frozen-default
    )
    created_at: Mapped[CreatedAt]


class ExtensionCode(Base):
    """A code that extends a trial."""

    __tablename__ = "trial_extension_codes"

    id: Mapped[UuidKey]
    code: Mapped[str] = mapped_column(String(43), unique=True, default=token_urlsafe)
    # breach: frozen-default
    salt: Mapped[str] = mapped_column(String(43), insert_default=token_urlsafe(16))
