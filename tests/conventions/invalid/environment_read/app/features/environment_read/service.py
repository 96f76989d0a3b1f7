"""Days for which notes are kept."""

import os
from os import getenv

KEEP_DAYS = int(os.environ.get("KEEP_DAYS", "30"))  # violates: environment-read


def read_limit() -> int:
    """Return the maximum number of notes."""
    return int(getenv("NOTE_LIMIT", "100"))  # violates: environment-read
