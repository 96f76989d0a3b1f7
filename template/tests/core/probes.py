"""Tables that exist for these tests alone; `Base` knows nothing of them, nor do the migrations."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, MetaData, String, UniqueConstraint, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeEngine

from app.core.db import CreatedAt, UpdatedAt, UtcDateTime, UuidKey
from app.core.db.models import NAMING_CONVENTION


class ProbeBase(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[type, TypeEngine[Any]]] = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
    }


class Probe(ProbeBase):
    __tablename__ = "probes"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount_not_negative"),)

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(20), unique=True)
    amount: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[CreatedAt]
    changed_at: Mapped[UpdatedAt]
    note: Mapped[str | None]
    parts: Mapped[list["ProbePart"]] = relationship(lazy="raise")


class ProbePart(ProbeBase):
    __tablename__ = "probe_parts"

    id: Mapped[UuidKey]
    probe_id: Mapped[UUID] = mapped_column(ForeignKey(Probe.id, ondelete="CASCADE"), index=True)


class ProbeSlot(ProbeBase):
    """Its uniqueness is checked at the commit, so that the commit itself can fail."""

    __tablename__ = "probe_slots"
    __table_args__ = (UniqueConstraint("number", deferrable=True, initially="DEFERRED"),)

    id: Mapped[UuidKey]
    number: Mapped[int]
