"""Tables: tickets, their labels and replies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
)
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey

ticket_labels = Table(
    "support_ticket_labels",
    Base.metadata,
    Column("ticket_id", ForeignKey("support_tickets.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "label_id",
        ForeignKey("support_labels.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class SupportLabel(Base):
    """A word by which agents find tickets."""

    __tablename__ = "support_labels"

    id: Mapped[UuidKey]
    word: Mapped[str] = mapped_column(String(40), unique=True)


class SupportTicket(Owned, Base):
    """A question of a user."""

    __tablename__ = "support_tickets"
    __table_args__ = (
        CheckConstraint("urgency BETWEEN 1 AND 4", name="urgency_known"),
        Index(None, "owner_id", "created_at", "id"),
        Index(None, "assignee_id", "created_at", "id"),
    )
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy's

    id: Mapped[UuidKey]
    subject: Mapped[str] = mapped_column(String(200))
    urgency: Mapped[int] = mapped_column(default=3)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    closed_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    labels: Mapped[list[SupportLabel]] = relationship(secondary=ticket_labels, lazy="raise")
    assignee: Mapped[User | None] = relationship(lazy="raise", foreign_keys=[assignee_id])
    replies: WriteOnlyMapped["SupportReply"] = relationship(
        back_populates="ticket", passive_deletes=True
    )

    @property
    def label_words(self) -> list[str]:
        """The words of the labels, which must be loaded."""
        return sorted(label.word for label in self.labels)

    @property
    def assignee_email(self) -> str | None:
        """The address of the agent, who must be loaded."""
        return self.assignee.email if self.assignee else None


class SupportReply(Base):
    """An answer to a ticket, by the user or by an agent."""

    __tablename__ = "support_replies"
    __table_args__ = (Index(None, "ticket_id", "created_at"), Index(None, "author_id"))

    id: Mapped[UuidKey]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey(SupportTicket.id, ondelete="CASCADE"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]

    ticket: Mapped[SupportTicket] = relationship(back_populates="replies", lazy="raise")
