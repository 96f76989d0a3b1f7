"""Changing text files, as a person does it in an editor. What is to be changed must be there."""

import re
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write a file, and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def append(path: Path, text: str) -> None:
    """Add text to the end of a file."""
    write(path, path.read_bytes().decode() + text)


def replace(path: Path, old: str, new: str) -> None:
    """Replace the first of a text in a file."""
    text = path.read_bytes().decode()
    assert old in text, f"{path} no longer has {old!r}: change something else of it"
    write(path, text.replace(old, new, 1))


def substitute(path: Path, pattern: str, new: str) -> None:
    """Replace all that a pattern finds in a file."""
    text, count = re.subn(pattern, new, path.read_bytes().decode())
    assert count, f"{path} no longer has {pattern!r}: change something else of it"
    write(path, text)
