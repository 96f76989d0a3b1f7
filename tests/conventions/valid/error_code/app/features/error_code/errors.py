"""What can go wrong with notes."""

from app.core.errors import NotFound


class NoteAway(NotFound):
    """Any of what follows."""


class NoteGone(NoteAway):
    """It was deleted."""

    code = "note_gone"
    message = "This note was deleted."


class NoteLost(NoteAway):
    """It was deleted long ago."""

    code = "note_lost"
