"""The baseline: the findings of the day on which the review was introduced.

An entry has the rule, the qualified name and the problem of a finding, so that edits elsewhere in
the file do not affect it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from conventions.configuration import ConfigurationError
from conventions.identity import Identity


class Baseline:
    """Accepted findings, by their identity.

    Args:
        text: A JSON document written by `write_baseline`.

    Raises:
        ValueError: The text is not such a document.
    """

    def __init__(self, text: str = "[]") -> None:
        try:
            entries = [
                Identity(str(entry["rule"]), str(entry["name"]), str(entry["problem"]))
                for entry in json.loads(text)
            ]
        except KeyError as error:
            message = f"an entry has no {error}; an older release wrote it"
            raise ValueError(message) from error
        except TypeError as error:
            raise ValueError(error) from error
        self._lines = text.splitlines()
        self._unmatched = Counter(entries)

    def accepts(self, identity: Identity) -> bool:
        """Return whether a finding is listed; each entry accepts a single one."""
        if not self._unmatched[identity]:
            return False
        self._unmatched[identity] -= 1
        return True

    def unmatched(self) -> Iterator[tuple[int, Identity]]:
        """Yield the entries that accepted nothing, each with its line in the file."""
        for entry in sorted((+self._unmatched).elements()):
            written = _to_json(entry)
            numbers = (n for n, line in enumerate(self._lines, start=1) if written in line)
            yield next(numbers, 1), entry


def read_baseline(path: Path) -> Baseline:
    """Return the baseline in a file; an empty one if there is no such file.

    Raises:
        ConfigurationError: The file cannot be read, or an older release wrote it.
    """
    try:
        return Baseline(path.read_text("utf-8"))
    except FileNotFoundError:
        return Baseline()
    except (OSError, ValueError) as error:
        message = f"{path.name} cannot be read ({error}); regenerate it with `make baseline`"
        raise ConfigurationError(message) from error


def write_baseline(entries: Iterable[Identity]) -> str:
    """Return the document with these entries, one per line."""
    lines = ",\n".join(f"  {_to_json(entry)}" for entry in entries)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def _to_json(entry: Identity) -> str:
    return json.dumps(entry._asdict(), ensure_ascii=False)
