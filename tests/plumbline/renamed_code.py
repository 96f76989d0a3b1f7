"""Renames of a text, as the tests of each kind of name use them."""

from pathlib import PurePosixPath
from textwrap import dedent

from plumbline.renames import Renames
from plumbline.renaming import rename

RENAMES = Renames.load()
FEATURE = PurePosixPath("app/features/notes/service.py")


def renamed(text: str, path: PurePosixPath = FEATURE) -> str:
    """Return the renamed text of a file; fails where a second run would change it again."""
    once = rename(dedent(text), RENAMES, path=path)
    assert rename(once, RENAMES, path=path) == once
    return once


def becomes(text: str, expected: str, path: PurePosixPath = FEATURE) -> None:
    assert renamed(text, path) == dedent(expected)
