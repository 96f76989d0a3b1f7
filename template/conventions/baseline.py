"""What was there when the review was introduced, and is not reported until somebody touches it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from conventions.configuration import ConfigurationError

if TYPE_CHECKING:
    from conventions.running import Finding

Entry = tuple[str, str, str]  # rule, path, content of the line


class Baseline:
    """The findings to leave out, known by their rule, file and line's content, not its number.

    Args:
        text: What `write_baseline` returned.

    Raises:
        ValueError: It is something else.
    """

    def __init__(self, text: str = "[]") -> None:
        try:
            entries = [
                (str(entry["rule"]), str(entry["path"]), str(entry["content"]))
                for entry in json.loads(text)
            ]
        except (KeyError, TypeError) as error:
            raise ValueError(error) from error
        self._lines = text.splitlines()
        self._left = Counter(entries)

    def accepts(self, entry: Entry) -> bool:
        """Return whether this finding was there already; each entry counts once."""
        if not self._left[entry]:
            return False
        self._left[entry] -= 1
        return True

    def stale(self) -> Iterator[tuple[int, Entry]]:
        """Yield what is there no more, with the line of the baseline file that lists it."""
        for entry in sorted((+self._left).elements()):
            written = _written(entry)
            numbers = (n for n, line in enumerate(self._lines, start=1) if written in line)
            yield next(numbers, 1), entry


def read_baseline(path: Path) -> Baseline:
    """Return the baseline in a file; an empty one where there is none.

    Raises:
        ConfigurationError: The file cannot be read.
    """
    try:
        return Baseline(path.read_text("utf-8"))
    except FileNotFoundError:
        return Baseline()
    except (OSError, ValueError) as error:
        message = f"{path.name} cannot be read ({error}); write it anew with `make baseline`"
        raise ConfigurationError(message) from error


def write_baseline(findings: Iterable["Finding"]) -> str:
    """Return a baseline of these findings, one a line."""
    lines = ",\n".join(f"  {_written(finding.entry)}" for finding in findings)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def _written(entry: Entry) -> str:
    rule, path, content = entry
    return json.dumps({"rule": rule, "path": path, "content": content}, ensure_ascii=False)
