"""Errors of notes."""

from app.core.errors import Conflict, NotFound


class NoteLocked(Conflict):  # violates: error-code
    """The note is being edited."""

    message = "The note is being edited."


class NoteGone(NotFound):
    """It was deleted."""

    code = "note_gone"
    message = "This note was deleted."


class NoteLost(NoteGone):  # violates: error-code
    """It was deleted long ago."""

    code = "note_gone"


class NoteBurnt(NotFound):  # violates: error-code
    """It was burnt."""

    code = "Note-burnt"
