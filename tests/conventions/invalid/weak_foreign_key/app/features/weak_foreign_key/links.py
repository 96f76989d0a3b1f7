"""A table between two others."""

from sqlalchemy import Column, ForeignKey, Table, Uuid

from app.core.db import Base

readers = Table(
    "weak_foreign_key_readers",
    Base.metadata,
    Column("user_id", Uuid, ForeignKey("users.id"), primary_key=True),  # violates: weak-foreign-key
    Column(  # violates: weak-foreign-key
        "friend_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
)
