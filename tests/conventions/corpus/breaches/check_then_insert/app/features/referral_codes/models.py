"""Tables: referral codes and their uses."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class ReferralCode(Owned, Base):
    """The code of a user."""

    __tablename__ = "referral_codes"
    __table_args__ = (UniqueConstraint("owner_id"),)

    id: Mapped[UuidKey]
    code: Mapped[str] = mapped_column(String(12), unique=True)
    created_at: Mapped[CreatedAt]


class ReferralUse(Base):
    """A friend who has used a code."""

    __tablename__ = "referral_uses"
    __table_args__ = (UniqueConstraint("code_id", "email_key"),)

    id: Mapped[UuidKey]
    code_id: Mapped[UUID] = mapped_column(ForeignKey(ReferralCode.id, ondelete="CASCADE"))
    email_key: Mapped[str] = mapped_column(String(254))
