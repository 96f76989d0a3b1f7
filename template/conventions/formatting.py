"""The form of patched files: their imports and their layout, both as ruff writes them."""

import ast
import subprocess
from collections.abc import Iterable
from functools import cache

from conventions.tools import ROOT, find_program


def add_imports(text: str, imports: Iterable[str], *, path: str) -> str:
    """Return a file with imports that it lacks, sorted.

    An import counts as present if it runs whenever the module is imported: not in a function, and
    not under `TYPE_CHECKING`.

    Args:
        text: The file, which is valid Python.
        imports: Statements such as `from asyncio import sleep`.
        path: Its path, by which ruff finds its settings.
    """
    body = ast.parse(text).body
    present = {each for node in body for each in _imports_of(node)}
    missing = [line for line in sorted(set(imports)) if not set(_imports_in(line)) <= present]
    if not missing:
        return text
    lines = text.splitlines(keepends=True)
    first = [node for node in body if _is_future(node) or _is_docstring(node, body)]
    at = max((node.end_lineno or 0 for node in first), default=0)
    lines[at:at] = [f"{line}\n" for line in missing]
    return _ruff("".join(lines), "check", "--select", "I", "--fix-only", path=path)


def format_as_before(old: str, new: str, *, path: str) -> str:
    """Return a new text, formatted if the old one was."""
    was_formatted = _ruff(old, "format", path=path) == old
    return _ruff(new, "format", path=path) if was_formatted else new


def _imports_in(statement: str) -> list[tuple[str, str]]:
    return [each for node in ast.parse(statement).body for each in _imports_of(node)]


def _imports_of(node: ast.stmt) -> list[tuple[str, str]]:
    """Return each name that a statement imports, with its module; those with an alias left out."""
    names = node.names if isinstance(node, ast.Import | ast.ImportFrom) else []
    module = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else ""
    return [(module, alias.name) for alias in names if not alias.asname]


def _is_docstring(node: ast.stmt, body: list[ast.stmt]) -> bool:
    return node is body[0] and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


@cache
def _ruff(text: str, *arguments: str, path: str) -> str:
    """Return the text as ruff writes it; unchanged if ruff fails."""
    done = subprocess.run(
        [find_program("ruff"), *arguments, "--quiet", "--stdin-filename", path, "-"],
        cwd=ROOT,
        input=text.encode(),
        capture_output=True,
        check=False,
    )
    return done.stdout.decode() if done.returncode == 0 and done.stdout else text
