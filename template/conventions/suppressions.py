"""Comments that accept findings, each with its reason.

    # conventions: ignore[rule-id] the reason

A comment accepts the findings of its line, or of the next line of code when it stands alone.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field

from conventions.source import Source

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
