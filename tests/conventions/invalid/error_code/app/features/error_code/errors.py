"""What can go wrong with notes."""

from app.core.errors import Conflict, NotFound


class NoteLocked(Conflict):  # breach: error-code
    """Somebody edits it."""

    message = "Somebody edits this note."


class NoteGone(NotFound):
    """It was deleted."""

    code = "note_gone"
    message = "This note was deleted."


class NoteLost(NoteGone):  # breach: error-code
    """It was deleted long ago."""

    code = "note_gone"


class NoteBurnt(NotFound):  # breach: error-code
    """It was burnt."""

    code = "Note-burnt"
