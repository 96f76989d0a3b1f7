"""Searches in texts."""

import re

WORD = re.compile(r"\w+")


def matches(words: str, text: str) -> bool:
    """Return whether a text has some words."""
    return re.search(f"{re.escape(words)}$", text) is not None or WORD.search(text) is not None
