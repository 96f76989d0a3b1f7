"""The answers file: which template, which version of it, and what was answered."""

import json
import re
from contextlib import suppress

ANSWERS_FILE = ".copier-answers.yml"
_ENTRY = re.compile(r"^(\w+): *(.*(?:\n[ \t]+.*)*)$", re.MULTILINE)


def read_answers(text: str) -> dict[str, str]:
    """Return what an answers file says, by name, as Copier writes it: one value a name, no nesting.

    Args:
        text: The file's content.
    """
    return {name: _plain(value) for name, value in _ENTRY.findall(text)}


def entry_of(text: str, name: str) -> str:
    """Return the lines of one answer, as they stand; nothing for one that is not there."""
    found = [entry for entry in _ENTRY.finditer(text) if entry[1] == name]
    return found[0][0] if found else ""


def _plain(value: str) -> str:
    """Return a YAML scalar without its quotes; a long one is folded at spaces."""
    line = " ".join(part.strip() for part in value.splitlines())
    if line.startswith("'"):
        return line[1:-1].replace("''", "'")
    if line.startswith('"'):
        with suppress(ValueError):  # Escapes of YAML alone, which no address and no version has.
            return str(json.loads(re.sub(r"\\x(..)", r"\\u00\1", line)))
    return line
