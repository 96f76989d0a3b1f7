"""The database: the sessions of a request, the session factories and the base of every model.

A route declares its session, a service function takes it as its first argument:

    from app.core.db import Base, CreatedAt, ReadSession, Session, UuidKey

    class Note(Base):
        __tablename__ = "notes"

        id: Mapped[UuidKey]
        text: Mapped[str]
        created_at: Mapped[CreatedAt]

    @router.post("", response_model=Envelope[NoteOut], status_code=201)
    async def create_note(session: Session, note: NoteIn) -> DataResponse[Note]:
        return DataResponse(await notes.create_note(session, note))
"""

from app.core.db.models import Base, CreatedAt, UpdatedAt, UtcDateTime, UuidKey
from app.core.db.reading import ReadOnlySession
from app.core.db.session import (
    LOCK_TIMEOUT,
    AsyncSessionLocal,
    ReadSession,
    ReadSessionLocal,
    Session,
    execute_alone,
    execute_core,
    open_database,
    release_connection,
)

__all__ = [
    "LOCK_TIMEOUT",
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
    "execute_alone",
    "execute_core",
    "open_database",
    "release_connection",
]
