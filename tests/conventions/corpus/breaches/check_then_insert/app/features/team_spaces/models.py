"""Tables: team spaces, their members and labels."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class TeamSpace(Base):
    """A space that a team works in."""

    __tablename__ = "team_spaces"

    id: Mapped[UuidKey]
    subdomain: Mapped[str] = mapped_column(String(40), unique=True)
    seats: Mapped[int]
    created_at: Mapped[CreatedAt]


class SpaceMember(Base):
    """A person in a space."""

    __tablename__ = "space_members"
    __table_args__ = (UniqueConstraint("space_id", "email_key"),)

    id: Mapped[UuidKey]
    space_id: Mapped[UUID] = mapped_column(ForeignKey(TeamSpace.id, ondelete="CASCADE"))
    email_key: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[CreatedAt]


class SpaceLabel(Base):
    """A label that the members of a space put on their work."""

    __tablename__ = "space_labels"
    __table_args__ = (UniqueConstraint("space_id", "name"),)

    id: Mapped[UuidKey]
    space_id: Mapped[UUID] = mapped_column(ForeignKey(TeamSpace.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
