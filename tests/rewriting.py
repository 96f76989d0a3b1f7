"""Edits of text files. Each fails if the text to change is missing."""

import re
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write a file; create its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def append(path: Path, text: str) -> None:
    """Add text to the end of a file."""
    write(path, path.read_bytes().decode() + text)


def replace(path: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file."""
    text = path.read_bytes().decode()
    assert old in text, f"{path} no longer contains {old!r}; edit another text of the file"
    write(path, text.replace(old, new, 1))


def substitute(path: Path, pattern: str, new: str) -> None:
    """Replace every match of a pattern in a file."""
    text, count = re.subn(pattern, new, path.read_bytes().decode())
    assert count, f"{path} no longer matches {pattern!r}; edit another text of the file"
    write(path, text)
