"""Errors of notes."""

from app.core.errors import NotFound


class NoteAway(NotFound):
    """The base of the errors below."""


class NoteGone(NoteAway):
    """It was deleted."""

    code = "note_gone"
    message = "This note was deleted."


class NoteLost(NoteAway):
    """It was deleted long ago."""

    code = "note_lost"
