"""Findings that are accepted: by a comment, or by the baseline.

    # conventions: ignore[rule-id] the reason

A comment accepts the findings of its line, or of the next line of code when it stands alone. The
baseline lists the findings of the day on which the review was introduced.
"""

import io
import json
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from conventions.configuration import ConfigurationError
from conventions.source import Source

Entry = tuple[str, str, str]
"""A rule, a path, and the content of a line."""

_COMMENT = re.compile(r"#\s*conventions:\s*ignore\b(?:\[(?P<rules>[^\]]*)\])?(?P<reason>[^#]*)")
_NOT_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    tokenize.ENDMARKER,
}


@dataclass(kw_only=True)
class Suppression:
    """A comment that accepts findings.

    Attributes:
        path: The file.
        line: The line of the comment.
        column: The column of the comment.
        code_line: The line that it refers to.
        rules: The rules that it names.
        reason: The text after them.
        used: Those of the rules that reported something there.
    """

    path: str
    line: int
    column: int
    code_line: int
    rules: tuple[str, ...]
    reason: str
    used: set[str] = field(default_factory=set)

    def accepts(self, rule: str, line: int) -> bool:
        """Return whether this accepts a finding, and record that it was used."""
        if rule not in self.rules or line not in {self.line, self.code_line} or not self.reason:
            return False
        self.used.add(rule)
        return True


def read_suppressions(source: Source) -> Iterator[Suppression]:
    """Yield the suppressions in a file."""
    if "conventions:" not in source.text:
        return
    tokens = list(tokenize.generate_tokens(io.StringIO(source.text).readline))
    code_lines = sorted({token.start[0] for token in tokens if token.type not in _NOT_CODE})
    for token in tokens:
        if token.type == tokenize.COMMENT and (comment := _COMMENT.match(token.string)):
            line, offset = token.start
            names = (comment["rules"] or "").split(",")
            yield Suppression(
                path=source.path,
                line=line,
                column=offset + 1,
                code_line=next((code for code in code_lines if code >= line), line),
                rules=tuple(name.strip() for name in names if name.strip()),
                reason=comment["reason"].strip(" -:"),
            )


class Baseline:
    """Accepted findings, identified by rule, file and content of the line.

    Args:
        text: A JSON document written by `write_baseline`.

    Raises:
        ValueError: The text is not such a document.
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
        self._unmatched = Counter(entries)

    def accepts(self, entry: Entry) -> bool:
        """Return whether an entry is listed; each one accepts a single finding."""
        if not self._unmatched[entry]:
            return False
        self._unmatched[entry] -= 1
        return True

    def unmatched(self) -> Iterator[tuple[int, Entry]]:
        """Yield the entries that accepted nothing, each with its line in the file."""
        for entry in sorted((+self._unmatched).elements()):
            written = _to_json(entry)
            numbers = (n for n, line in enumerate(self._lines, start=1) if written in line)
            yield next(numbers, 1), entry


def read_baseline(path: Path) -> Baseline:
    """Return the baseline in a file; an empty one if there is no such file.

    Raises:
        ConfigurationError: The file cannot be read.
    """
    try:
        return Baseline(path.read_text("utf-8"))
    except FileNotFoundError:
        return Baseline()
    except (OSError, ValueError) as error:
        message = f"{path.name} cannot be read ({error}); regenerate it with `make baseline`"
        raise ConfigurationError(message) from error


def write_baseline(entries: Iterable[Entry]) -> str:
    """Return the document with these entries, one per line."""
    lines = ",\n".join(f"  {_to_json(entry)}" for entry in entries)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def _to_json(entry: Entry) -> str:
    rule, path, content = entry
    return json.dumps({"rule": rule, "path": path, "content": content}, ensure_ascii=False)
