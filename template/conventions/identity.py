"""The identity of a finding, which stays the same when code moves within its file.

It consists of the rule, the qualified name of the innermost function or class around the place, and
the message without its numbers. The baseline, the fingerprints of SARIF and the comparison with a
base all use it.
"""

import ast
import re
from hashlib import sha256
from typing import NamedTuple

from conventions.findings import Violation
from conventions.source import Source, first_line

_NUMBER = re.compile(r"\b\d+\b")
_KINDS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Identity(NamedTuple):
    """A rule, a place by name, and the problem there."""

    rule: str
    name: str
    problem: str

    def fingerprint(self, occurrence: int) -> str:
        """Return a digest; `occurrence` tells apart findings of one identity, counted from 1."""
        return sha256("\0".join([*self, str(occurrence)]).encode()).hexdigest()


def identify(rule: str, violation: Violation, source: Source | None) -> Identity:
    """Return the identity of a violation.

    Args:
        rule: The id of the rule.
        violation: The place and the message.
        source: The file; `None` if it is not Python or cannot be parsed.
    """
    name = qualified_name(source, violation.line) if source else violation.path
    return Identity(rule, name, _NUMBER.sub("#", violation.message))


def qualified_name(source: Source, line: int) -> str:
    """Return the dotted name of the innermost function or class at a line; else of the module."""
    around = [
        node
        for node in source.nodes(*_KINDS)
        if first_line(node) <= line <= (node.end_lineno or node.lineno)
    ]
    names = [node.name for node in sorted(around, key=first_line)]
    return ".".join([source.module, *names])
