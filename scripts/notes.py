"""The notes of the versions: CHANGELOG.md and UPGRADING.md."""

import re
from collections.abc import Iterable

from packaging.version import InvalidVersion, Version

from scripts.shipped import Change

UNRELEASED = "Unreleased"
NOTHING_TO_DO = "Nothing to do by hand."
_HEADING = re.compile(r"^## (\S+).*$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


def sections(text: str) -> dict[str, str]:
    """Return the text under each version's heading; the version is its first word."""
    _, *parts = _HEADING.split(text)
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))


def has_entries(section: str) -> bool:
    """Return whether a section lists anything."""
    return re.search(r"^- ", section, re.MULTILINE) is not None


def unexplained(changes: Iterable[Change], upgrading: str, *, since: str) -> list[Change]:
    """Return the changes that no note after a release names.

    Args:
        changes: The changes since the release.
        upgrading: The text of UPGRADING.md. It has a name, or its folder, in backticks.
        since: The release.
    """
    notes = [text for name, text in sections(upgrading).items() if _is_newer(name, since)]
    named = {name for text in notes for name in _CODE.findall(text)}
    folders = tuple(name for name in named if name.endswith("/"))
    return [
        change
        for change in changes
        if change.name not in named and not change.name.startswith(folders)
    ]


def released(text: str, heading: str, *, empty: str = "") -> str:
    """Return the notes with the unreleased ones under a heading of their own.

    Args:
        text: The whole text.
        heading: The version, and the date where the text has dates.
        empty: The text to use if there are none.
    """
    before, _, after = text.partition(f"## {UNRELEASED}\n")
    if not sections(text)[UNRELEASED]:
        after = f"\n{empty}\n{after}"
    return f"{before}## {UNRELEASED}\n\n## {heading}\n{after}"


def _is_newer(name: str, than: str) -> bool:
    if name == UNRELEASED:
        return True
    try:
        return Version(name) > Version(than)
    except InvalidVersion:
        return False
