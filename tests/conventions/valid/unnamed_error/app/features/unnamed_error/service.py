"""Notes."""

from app.core.errors import NotFound


class NoteNotFound(NotFound):
    """There is no such note."""

    code = "note_not_found"
    message = "There is no such note."


def find_note(notes: dict[str, str], name: str) -> str:
    """Return a note."""
    if not name:
        message = "a name is needed"
        raise ValueError(message)
    if name not in notes:
        raise NoteNotFound
    return notes[name]
