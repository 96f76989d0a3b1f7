"""Tables: users, their sessions and devices, and the tokens sent to them by email."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey

DIGEST = LargeBinary(32)
"""The SHA-256 of a token or a device."""


class Role(StrEnum):
    """The role of a user."""

    USER = "user"
    ADMIN = "admin"


class Purpose(StrEnum):
    """The purpose of a token sent by email."""

    VERIFY_ADDRESS = "verify_address"
    CHANGE_ADDRESS = "change_address"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose


class User(Base):
    """An account.

    A feature stores further data about a user in a table of its own.

    Attributes:
        password_hash: `None` until the address is verified: the link chooses the password.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'admin')", name="role_known"),
        CheckConstraint("email_key <> ''", name="email_key_not_empty"),
        Index(None, "created_at", "id"),
        Index(None, "role", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16), default=Role.USER)
    verified_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class UserSession(Base):
    """A logged-in session: it expires when unused, and ends at a fixed time."""

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("expires_at <= ends_at", name="expires_before_end"),
        Index(None, "user_id", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(DIGEST, unique=True)
    created_at: Mapped[CreatedAt]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    user_agent: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(45))


class KnownDevice(Base):
    """A device that a user has logged in from; a log-in from another one is reported by email.

    Attributes:
        digest: The hash of the device's network and its browser or app.
    """

    __tablename__ = "known_devices"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(DIGEST, primary_key=True)
    last_seen_at: Mapped[datetime]


class EmailToken(Base):
    """A token sent to a user, deleted with the user's others when one of them is used.

    An earlier link stays valid, so that requests of others do not void one that was sent.
    """

    __tablename__ = "account_tokens"
    __table_args__ = (
        CheckConstraint(
            "purpose IN ('verify_address', 'change_address', 'reset_password')",
            name="purpose_known",
        ),
    )

    token_hash: Mapped[bytes] = mapped_column(DIGEST, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(254))
    expires_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]
