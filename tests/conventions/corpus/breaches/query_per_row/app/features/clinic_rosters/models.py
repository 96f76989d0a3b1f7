"""Tables: wards, nurses and shifts."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Ward(Base):
    """A ward, which may be a part of another one."""

    __tablename__ = "clinic_wards"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("clinic_wards.id", ondelete="CASCADE"), index=True
    )


class Nurse(Base):
    """A person who works in wards."""

    __tablename__ = "clinic_nurses"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))
    badge: Mapped[str] = mapped_column(String(20), unique=True)


class Shift(Base):
    """The work of a nurse in a ward on one day."""

    __tablename__ = "clinic_shifts"
    __table_args__ = (Index(None, "ward_id", "day"),)

    id: Mapped[UuidKey]
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id, ondelete="CASCADE"))
    nurse_id: Mapped[UUID] = mapped_column(ForeignKey(Nurse.id, ondelete="RESTRICT"), index=True)
    day: Mapped[date]
