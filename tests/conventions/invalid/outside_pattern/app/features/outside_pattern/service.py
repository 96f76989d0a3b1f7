"""Searches in texts."""

import re


def matches(words: str, text: str) -> bool:
    """Return whether a text has some words."""
    return re.search(f"{words}$", text) is not None  # violates: outside-pattern
