"""The answers file: the template's address and version, and the answers to its questions."""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from plumbline.errors import PlumblineError

ANSWERS_FILE = ".copier-answers.yml"
GENERATED_ONCE = frozenset({"example"})
"""Questions that only the generation of a service reads."""

# A path, with or without a drive, or a URL of a file. `copier.yml` has the same pattern.
_LOCAL = re.compile(r"(?:git[+])?file:|[/~.]|[A-Za-z]:|[^:/]*(?:/|$)")


def read_answers(content: bytes) -> dict[str, object]:
    """Return the answers of an answers file, with `_src_path` and `_commit`.

    Args:
        content: The file's content.

    Raises:
        PlumblineError: It is not YAML, or not a mapping.
    """
    try:
        found = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise PlumblineError(f"{ANSWERS_FILE} is not valid YAML: {reason}") from None
    if not isinstance(found, dict):
        raise PlumblineError(f"{ANSWERS_FILE} has no answers. Restore it from git's history.")
    return {str(name): value for name, value in found.items()}


def read_origin(answers: Mapping[str, object]) -> tuple[str, str]:
    """Return the template's address and the service's version.

    Raises:
        PlumblineError: One of them is missing, or the address is a relative path.
    """
    source, version = (str(answers.get(name) or "") for name in ("_src_path", "_commit"))
    if not version:
        raise PlumblineError(
            f"{ANSWERS_FILE} has no version in `_commit`: the service was generated from a folder "
            "without releases. Generate one from a release beside it, and copy its line."
        )
    if not (":" in source or Path(source).expanduser().is_absolute()):
        raise PlumblineError(
            f"`_src_path: {source}` in {ANSWERS_FILE} is a relative path. "
            "Replace it by the template's address, or its absolute path, and commit."
        )
    return source, version


def toggles_in(answers: Mapping[str, object]) -> dict[str, bool]:
    """Return the answers that are true or false."""
    return {name: answer for name, answer in answers.items() if isinstance(answer, bool)}


def is_local(source: str) -> bool:
    """Return whether only this machine has a template's address: a path, or a `file:` URL."""
    return _LOCAL.match(source) is not None
