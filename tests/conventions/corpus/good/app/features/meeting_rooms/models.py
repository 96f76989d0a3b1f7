"""Tables: meeting rooms and reservations."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class ReservationState(StrEnum):
    """The state of a reservation; `next_states` has the transitions."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    CANCELLED = "cancelled"

    @property
    def next_states(self) -> frozenset["ReservationState"]:
        """The states that may follow this one."""
        match self:
            case ReservationState.REQUESTED:
                return frozenset({ReservationState.CONFIRMED, ReservationState.CANCELLED})
            case ReservationState.CONFIRMED:
                return frozenset({ReservationState.CHECKED_IN, ReservationState.CANCELLED})
            case _:
                return frozenset()


class MeetingRoom(Base):
    """A room that can be reserved."""

    __tablename__ = "meeting_rooms"
    __table_args__ = (Index(None, "building", "name", unique=True),)

    # The rooms of the plan of each building; not a column.
    DOOR_SIGN_LANGUAGES = ("de", "fr", "en")

    id: Mapped[UuidKey]
    building: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60))
    seats: Mapped[int]

    reservations: Mapped[list["RoomReservation"]] = relationship(
        back_populates="room", lazy="raise_on_sql", passive_deletes=True
    )


class RoomReservation(Owned, Base):
    """A reservation of a room by one user."""

    __tablename__ = "room_reservations"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="start_before_end"),
        ExcludeConstraint(
            (literal_column("room_id"), "="),
            (func.tstzrange(literal_column("starts_at"), literal_column("ends_at")), "&&"),
            where=literal_column("state") != "cancelled",
            name="room_reservations_never_overlap",
        ),
        Index(None, "room_id", "starts_at"),
        Index(None, "owner_id", "starts_at", "id"),
    )

    id: Mapped[UuidKey]
    room_id: Mapped[UUID] = mapped_column(ForeignKey(MeetingRoom.id, ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default=ReservationState.REQUESTED)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    room: Mapped[MeetingRoom] = relationship(back_populates="reservations", lazy="raise")

    @property
    def room_name(self) -> str:
        """The name of the room, which must be loaded."""
        return self.room.name
