"""How long notes are kept."""

import os
from os import getenv

KEEP_DAYS = int(os.environ.get("KEEP_DAYS", "30"))  # breach: environment-read


def read_limit() -> int:
    """Return how many notes somebody may have."""
    return int(getenv("NOTE_LIMIT", "100"))  # breach: environment-read
