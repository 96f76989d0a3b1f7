"""Code of the service that uses a package: by an import, an attribute or a name in a string."""

import ast
import os
from collections.abc import Collection, Iterator, Mapping
from importlib.util import resolve_name
from pathlib import Path

SKIPPED = {".data", ".git", ".hypothesis", ".tools", "__pycache__", "node_modules"}
PYTHON = {".py", ".pyi", ".pyw"}


def find_usages(root: Path, packages: Collection[str], *, ignored: Collection[str]) -> list[str]:
    """Return a sentence for each file below a folder and each package that it uses.

    Args:
        root: The folder; virtual environments, caches and data in it are skipped.
        packages: Packages such as `app.integrations.example`.
        ignored: Paths below the folder that do not count.
    """
    return [
        f"{relative} uses {package}."
        for relative in sorted(_code_below(root))
        if relative not in ignored
        for package in sorted(_packages_used(root, relative, packages))
    ]


def _code_below(root: Path) -> Iterator[str]:
    """Yield the paths of Python files, of notebooks and of files without a suffix."""
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        folders[:] = [
            name
            for name in folders
            if name not in SKIPPED
            and not name.endswith("_cache")
            and not (here / name / "pyvenv.cfg").exists()
        ]
        for name in files:
            if (path := here / name).suffix in {*PYTHON, ".ipynb", ""}:
                yield path.relative_to(root).as_posix()


def _packages_used(root: Path, relative: str, packages: Collection[str]) -> set[str]:
    path = root / relative
    try:
        content = path.read_bytes() if path.is_file() else b""
    except OSError:  # Not this user's.
        return set()
    if not path.suffix and not (content[:2] == b"#!" and b"python" in content.partition(b"\n")[0]):
        return set()
    # Most files do not even have the last part of the name, and need no parsing.
    named = {package for package in packages if package.rpartition(".")[2].encode() in content}
    if named and path.suffix != ".ipynb":
        try:
            return named & _match(ast.parse(content), Path(relative), named)
        except (SyntaxError, ValueError):  # Such as a template of another tool.
            pass
    return {package for package in named if package.encode() in content}


def _match(tree: ast.Module, path: Path, packages: Collection[str]) -> set[str]:
    names = set(_names_in(tree, ".".join(path.parent.parts)))
    return {
        package
        for package in packages
        if any(name == package or name.startswith((f"{package}.", f"{package}:")) for name in names)
    }


def _names_in(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield the full names that a file of a package imports or reads, and its strings."""
    imports = list(_imports_in(tree, package))
    yield from (name for _, name in imports)  # All: one name may be bound twice in a file.
    bound = dict(imports)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute():
                yield _dotted(node, bound)
            case ast.Constant(value=str(text)):
                yield text
            case ast.Call(args=[ast.Constant(value=str(name)), *more]) if name.startswith("."):
                yield _resolve(name, [*more, *(word.value for word in node.keywords)], package)
            case _:
                pass


def _imports_in(tree: ast.Module, package: str) -> Iterator[tuple[str, str]]:
    """Yield each imported name as the file has it, and in full."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _resolve("." * node.level + (node.module or ""), [], package)
            for alias in node.names:
                yield alias.asname or alias.name, f"{module}.{alias.name}"


def _resolve(name: str, anchor: Collection[ast.expr], package: str) -> str:
    """Return the full name of a module, relative to a constant or else to the file's package."""
    given = [one.value for one in anchor if isinstance(one, ast.Constant)]
    base = given[0] if given and isinstance(given[0], str) else package
    try:
        return resolve_name(name, base)
    except ImportError:  # It leads out of the service.
        return ""


def _dotted(node: ast.expr, bound: Mapping[str, str]) -> str:
    """Return the full name of an attribute, such as `app.core.db`; empty for one of a value."""
    match node:
        case ast.Name(id=name):
            return bound.get(name, name)
        case ast.Attribute(value=value, attr=attribute):
            return f"{base}.{attribute}" if (base := _dotted(value, bound)) else ""
        case _:
            return ""
