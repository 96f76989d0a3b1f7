"""The template's notes on its versions, from its CHANGELOG.md and UPGRADING.md."""

import re
import tempfile
from pathlib import Path

from devtools.updating.errors import UpdateError
from devtools.updating.git import Repository

SHORT_ADDRESSES = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/", "git+": ""}
FILES = ("UPGRADING.md", "CHANGELOG.md")
_SECTION = re.compile(r"^## ", re.MULTILINE)
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def template_address(source: str) -> str:
    """Return the address for git that a short address of Copier stands for."""
    for short, long in SHORT_ADDRESSES.items():
        if source.startswith(short):
            return f"{long}{source.removeprefix(short)}"
    return source


def fetch_release_notes(source: str, *, old: str, new: str) -> str:
    """Return the sections after one version up to another, or a sentence if there are none.

    Args:
        source: The template's address, as Copier has it.
        old: The version before the update.
        new: The version after the update.
    """
    address = template_address(source)
    found: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Repository(Path(scratch))
        try:
            copy.git("init", "--quiet", "--bare")
            copy.git("fetch", "--quiet", "--depth=1", address, f"refs/tags/{new}")
        except UpdateError as error:
            return f"The template's CHANGELOG.md could not be read: {error}"
        for name in FILES:
            text = copy.content(f"FETCH_HEAD:{name}").decode("utf-8", "replace")
            if sections := sections_between(text, old=old, new=new):
                found.append(f"## {name}\n\n{sections}")
    return "\n\n".join(found) or f"The template's CHANGELOG.md has nothing about {new}."


def sections_between(text: str, *, old: str, new: str) -> str:
    """Return the sections of a changelog for the versions after `old` up to `new`."""
    kept = [
        f"### {section.strip()}"
        for section in _SECTION.split(text)[1:]
        if _order(old) < _order(section.partition("\n")[0]) <= _order(new)
    ]
    return "\n\n".join(kept)


def _order(title: str) -> tuple[int, ...]:
    found = _NUMBERS.search(title)
    return tuple(int(number) for number in found[0].split(".")) if found else ()
