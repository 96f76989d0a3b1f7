"""The database: the session of a request, the session factories, and the base of every table.

from app.core.db import Base, ReadSession, Session, UuidKey
"""

from app.core.db.models import Base, CreatedAt, UpdatedAt, UtcDateTime, UuidKey
from app.core.db.session import (
    AsyncSessionLocal,
    ReadOnlySession,
    ReadSession,
    ReadSessionLocal,
    Session,
    open_database,
)

__all__ = [
    "AsyncSessionLocal",
    "Base",
    "CreatedAt",
    "ReadOnlySession",
    "ReadSession",
    "ReadSessionLocal",
    "Session",
    "UpdatedAt",
    "UtcDateTime",
    "UuidKey",
    "open_database",
]
