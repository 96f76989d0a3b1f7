"""Patches of findings: shown as a diff, or applied if they are safe.

A safe patch changes nothing that the service does. Every other patch is a suggestion, since only
its reader knows whether the code relies on the present behavior.
"""

import ast
import os
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher, unified_diff
from functools import cache
from pathlib import Path

from conventions.findings import Patch
from conventions.formatting import add_imports, format_as_before
from conventions.review import Finding, Review
from conventions.source import Source


def apply_to_text(source: Source, patches: Iterable[Patch]) -> tuple[str, int]:
    """Return the text of a file with patches applied, and the number applied.

    Of two that overlap, the first in the file is left for the next run. A patch that would make
    the file invalid is skipped. The imports are sorted if one was added, and the text is formatted
    if it was before.
    """
    text, applied, end, imports = source.text, 0, len(source.text) + 1, list[str]()
    starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]
    for patch in sorted(set(patches), key=_begin, reverse=True):
        first = starts[patch.line - 1] + patch.column - 1
        last = starts[patch.end_line - 1] + patch.end_column - 1
        candidate = text[:first] + patch.text + text[last:]
        if last > end or not _parses(candidate):
            continue
        text, end, applied = candidate, first, applied + 1
        imports += [patch.needs_import] if patch.needs_import else []
    if not applied:
        return source.text, 0
    with_imports = add_imports(text, imports, path=source.path)
    return format_as_before(source.text, with_imports, path=source.path), applied


def diff_of(finding: Finding) -> str:
    """Return the patch of a finding for `git apply`; empty if it has none."""
    path, (old, new) = finding.violation.path, _lines(finding)
    return "".join(unified_diff(old, new, fromfile=f"a/{path}", tofile=f"b/{path}"))


def revised_by(finding: Finding) -> list[tuple[int, int, str]]:
    """Return the changes of a finding's patch: first line, line after the last, new text."""
    old, new = _lines(finding)
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [
        (first + 1, last + 1, "".join(new[start:end]))
        for kind, first, last, start, end in changes
        if kind != "equal"
    ]


def _lines(finding: Finding) -> tuple[list[str], list[str]]:
    """Return the lines of a file before and after the patch of a finding."""
    source, patch = finding.source, finding.violation.patch
    if source is None or patch is None:
        return [], []
    return source.text.splitlines(keepends=True), _patched(source, patch).splitlines(keepends=True)


@cache
def _patched(source: Source, patch: Patch) -> str:
    return apply_to_text(source, [patch])[0]


def apply_patches(review: Review, root: Path) -> bool:
    """Apply the safe patches of a review, print the result, and return whether a file changed."""
    patches: dict[Source, list[Patch]] = defaultdict(list)
    for finding in review.findings:
        if finding.source and finding.violation.patch and finding.violation.patch.is_safe:
            patches[finding.source].append(finding.violation.patch)
    written = False
    for source, proposed in patches.items():
        text, applied = apply_to_text(source, proposed)
        if applied and _write(root / source.path, old=source.text, new=text):
            print(f"{source.path}: applied {applied} of {len(proposed)}", file=sys.stderr)
            written = True
        else:
            print(f"{source.path}: unchanged", file=sys.stderr)
    return written


def _write(path: Path, *, old: str, new: str) -> bool:
    """Replace a file atomically, unless it changed since it was read; return whether it was."""
    if path.read_bytes() != old.encode():
        return False
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(new.encode())
    shutil.copymode(path, name)
    Path(name).replace(path)
    return True


def _begin(patch: Patch) -> tuple[int, int]:
    return patch.line, patch.column


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
