"""Days for which notes are kept."""

import os

from app.core.config import ServiceSettings


class NoteSettings(ServiceSettings):
    """The limits of notes."""

    keep_days: int = 30
    """How long they are kept."""


def name_folder(settings: NoteSettings, environ: dict[str, str]) -> str:
    """Return where notes of this process are kept."""
    return f"{os.getpid()}-{settings.keep_days}-{environ['kind']}"
