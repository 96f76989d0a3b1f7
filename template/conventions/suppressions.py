"""Comments that accept a finding: `# conventions: ignore[rule-id] why it is right here`."""

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
    """One such comment.

    Attributes:
        path: The file.
        line: Where the comment is.
        column: Likewise.
        code_line: The line that it speaks of: its own, or the next with code when it stands alone.
        rules: The ids that it names.
        reason: Why, in somebody's words.
        used: The ids of rules that would have found something.
    """

    path: str
    line: int
    column: int
    code_line: int
    rules: tuple[str, ...]
    reason: str
    used: set[str] = field(default_factory=set)

    def accepts(self, rule: str, line: int) -> bool:
        """Return whether it speaks of this finding; remembers that it was needed."""
        if rule not in self.rules or line not in {self.line, self.code_line} or not self.reason:
            return False
        self.used.add(rule)
        return True


def suppressions_in(source: Source) -> Iterator[Suppression]:
    """Yield the suppressions of one file."""
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
