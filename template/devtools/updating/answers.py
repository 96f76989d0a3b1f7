"""The answers file: the template's address and version, and your answers."""

import json
import re
from contextlib import suppress

ANSWERS_FILE = ".copier-answers.yml"
# A path, with or without a drive, or a URL of a file. `copier.yml` has the same pattern.
_LOCAL = re.compile(r"(?:git[+])?file:|[/~.]|[A-Za-z]:|[^:/]*(?:/|$)")
_ENTRY = re.compile(r"^(\w+): *(.*(?:\n[ \t]+.*)*)$", re.MULTILINE)


def read_answers(text: str) -> dict[str, str]:
    """Return the values of an answers file by name; Copier writes no nested ones.

    Args:
        text: The file's content.
    """
    return {name: _plain(value) for name, value in _ENTRY.findall(text)}


def entry_of(text: str, name: str) -> str:
    """Return the lines of one answer; an empty text if there is none."""
    found = [entry for entry in _ENTRY.finditer(text) if entry[1] == name]
    return found[0][0] if found else ""


def is_local(source: str) -> bool:
    """Return whether only this machine has a template's address: a path, or a `file:` URL."""
    return _LOCAL.match(source) is not None


def _plain(value: str) -> str:
    """Return a YAML scalar without its quotes; a long one is folded at spaces."""
    line = " ".join(part.strip() for part in value.splitlines())
    if line.startswith("'"):
        return line[1:-1].replace("''", "'")
    if line.startswith('"'):
        with suppress(ValueError):  # An escape of YAML; no address and no version has one.
            return str(json.loads(re.sub(r"\\x(..)", r"\\u00\1", line)))
    return line
