"""Tables: profiles of members."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, UpdatedAt, UuidKey


class MemberProfile(Owned, Base):
    """The profile of a member."""

    __tablename__ = "member_profiles"

    id: Mapped[UuidKey]
    nickname: Mapped[str | None] = mapped_column(String(200))
    city: Mapped[str | None] = mapped_column(String(200))
    away_until: Mapped[datetime | None]
    updated_at: Mapped[UpdatedAt]
