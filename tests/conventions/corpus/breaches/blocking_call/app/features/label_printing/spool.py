"""The spool: the folder that the printers read."""

import shutil
from pathlib import Path


def write_spool(folder: Path, name: str, content: bytes) -> Path:
    """Write a file for a printer, and return its path."""
    path = folder / name
    path.write_bytes(content)
    return path


def archive(path: Path) -> None:
    """Move a printed file to the archive."""
    target = path.parent / "archive" / path.name
    shutil.move(path, target)
