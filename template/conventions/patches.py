"""Mechanical fixes, shown as a diff or applied."""

import ast
import os
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from difflib import unified_diff
from pathlib import Path

from conventions.findings import Patch
from conventions.review import Review
from conventions.source import Source


def apply_to_text(source: Source, patches: Iterable[Patch]) -> tuple[str, int]:
    """Return the text of a file with patches applied, and the number applied.

    Of two that overlap, the first in the file is left for the next run. A patch that would make
    the file invalid is skipped.
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
        if patch.needs_import and patch.needs_import not in source.lines:
            imports.append(patch.needs_import)
    return _with_imports(text, imports), applied


def patches_by_source(review: Review) -> dict[Source, list[Patch]]:
    """Return the patches of a review, by file."""
    patches: dict[Source, list[Patch]] = defaultdict(list)
    for finding in review.findings:
        if finding.source and finding.violation.patch:
            patches[finding.source].append(finding.violation.patch)
    return patches


def apply_patches(review: Review, root: Path) -> bool:
    """Apply the patches of a review, print the result, and return whether a file changed."""
    written = False
    for source, patches in patches_by_source(review).items():
        text, applied = apply_to_text(source, patches)
        if applied and _write(root / source.path, old=source.text, new=text):
            print(f"{source.path}: applied {applied} of {len(patches)}", file=sys.stderr)
            written = True
        else:
            print(f"{source.path}: unchanged", file=sys.stderr)
    return written


def unified_diff_of(source: Source, text: str) -> str:
    """Return the difference between a file and a new text, for `git apply`."""
    lines = unified_diff(
        source.text.splitlines(keepends=True),
        text.splitlines(keepends=True),
        fromfile=f"a/{source.path}",
        tofile=f"b/{source.path}",
    )
    return "".join(lines)


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


def _with_imports(text: str, imports: list[str]) -> str:
    if not imports:
        return text
    body = ast.parse(text).body
    first = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)] or body[:1]
    lines = text.splitlines(keepends=True)
    at = (
        first[0].end_lineno or 0
        if _is_future_import_or_docstring(first[0])
        else first[0].lineno - 1
    )
    lines[at:at] = [f"{line}\n" for line in sorted(set(imports))]
    return "".join(lines)


def _is_future_import_or_docstring(node: ast.stmt) -> bool:
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return future or isinstance(node, ast.Expr)


def _begin(patch: Patch) -> tuple[int, int]:
    return patch.line, patch.column


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
