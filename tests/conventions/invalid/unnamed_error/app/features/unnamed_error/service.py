"""Notes."""

from fastapi import HTTPException, status

from app.core.errors import AppError


def find_note(notes: dict[str, str], name: str) -> str:
    """Return a note."""
    if not name:
        raise AppError("Name the note.")  # violates: unnamed-error
    if name not in notes:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No such note.")  # violates: unnamed-error
    return notes[name]
