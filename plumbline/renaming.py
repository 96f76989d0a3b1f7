"""`plumbline rename`: apply a release's renames to a service's code, tests and documents.

    plumbline rename FOLDER
    plumbline rename FOLDER --check

Imports follow the modules that moved; names that a package exports are imported from the package.
Running the command twice changes nothing more. All changes are left unstaged, so that `git diff`
shows them and `git restore .` takes them back.
"""

import argparse
import ast
import re
import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from plumbline.calls import Edit, apply, rewrite_calls
from plumbline.errors import PlumblineError
from plumbline.imports import Import, Name, find_groups, merge
from plumbline.renames import Renames

SUFFIXES = frozenset({".md", ".mk", ".py", ".toml", ".yaml", ".yml"})
FILES = frozenset({"Dockerfile", "Makefile"})
# A migration that has run must stay as it is; the answers file belongs to Copier.
LEFT_ALONE = re.compile(r"(.*/)?(migrations/(versions|retired)/.*|\.copier-answers\.yml)")
CORE = PurePosixPath("app/core")


class Skipped(Exception):
    """A file cannot be rewritten; the message says why."""


@dataclass(frozen=True)
class Result:
    """The outcome of a run.

    Attributes:
        changed: The files that were changed, or would be.
        skipped: The reason for each file that could not be read as text.
    """

    changed: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `rename` to the commands of the program."""
    parser = commands.add_parser(
        "rename",
        help="apply the renames of a release to a service's code",
        description="Apply the renames of 0.2.0 to the code, tests and documents of a service.",
    )
    parser.add_argument("folder", type=Path, help="the service")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit with 1 if something would change"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    result = rename_folder(options.folder, Renames.load(), check=options.check)
    for path, reason in result.skipped.items():
        print(f"Skipped {path}: {reason}.")
    for path in result.changed:
        print(f"{'Would rename in' if options.check else 'Renamed in'} {path}")
    if not result.changed:
        print("Nothing to rename.")
    elif not options.check:
        print("Read `git diff`, then run `make format`. `git restore .` takes the renames back.")
    return int(options.check and bool(result.changed))


def rename_folder(folder: Path, renames: Renames, *, check: bool = False) -> Result:
    """Apply renames to every text file of a service that git does not ignore.

    Args:
        folder: The service: a git repository, or a folder of one.
        renames: The table to apply.
        check: Whether to leave the files as they are.

    Raises:
        PlumblineError: The folder is not in git, or has changes that are not staged.
    """
    if not check:
        _refuse_unstaged_changes(folder)
    result = Result()
    for path in _list_files(folder):
        try:
            text = _read(folder / path)
            renamed = rename(text, renames, path=PurePosixPath(path))
        except Skipped as skipped:
            result.skipped[path] = str(skipped)
            continue
        if renamed != text:
            result.changed.append(path)
            if not check:
                _write(folder / path, renamed)
    return result


def rename(text: str, renames: Renames, *, path: PurePosixPath) -> str:
    """Return a file's text with the renames applied.

    Args:
        text: The file's content, with plain line endings.
        renames: The table to apply.
        path: The file, relative to the service.

    Raises:
        Skipped: A Python file that cannot be parsed.
    """
    code = Code()
    if path.suffix == ".py":
        code = Code.read(text)
        text = rewrite_calls(text, renames)
    text, bound = _rewrite_imports(text, renames, code, exports=not path.is_relative_to(CORE))
    text = renames.replace_words(renames.replace_paths(text))
    if path.suffix == ".py":
        text = _rename_uses(text, renames, bound, code.modules)
    return _rename_in_prose(text, bound)


@dataclass(frozen=True)
class Code:
    """The names of a Python file that decide how an import is renamed.

    Attributes:
        modules: The modules that are imported whole, by the name that each has here.
        assigned: The names that are parameters, variables, functions or classes too.
    """

    modules: Mapping[str, str] = field(default_factory=dict)
    assigned: Collection[str] = ()

    @classmethod
    def read(cls, text: str) -> "Code":
        """Read a file.

        Raises:
            Skipped: It cannot be parsed.
        """
        tree = _parse(text)
        modules: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                modules |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
            elif isinstance(node, ast.Import):
                modules |= {alias.asname: alias.name for alias in node.names if alias.asname}
        return cls(modules, set(_assigned(tree)))


def _assigned(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _rewrite_imports(
    text: str, renames: Renames, code: Code, *, exports: bool
) -> tuple[str, dict[str, str]]:
    """Return the text with new imports, and the names that it uses under a new one.

    Args:
        text: The file's content.
        renames: The table to apply.
        code: What else the file calls by the imported names.
        exports: Whether names are imported from the packages that export them.
    """
    parts: list[str] = []
    bound: dict[str, str] = {}
    end = 0
    for start, stop, group in find_groups(text):
        new = [
            statement
            for old in group
            for statement in _rewrite(old, renames, code, bound, exports=exports)
        ]
        parts += [text[end:start], *map(str, group if new == group else merge(new))]
        end = stop
    return "".join([*parts, text[end:]]), bound


def _rewrite(
    old: Import, renames: Renames, code: Code, bound: dict[str, str], *, exports: bool
) -> list[Import]:
    """Return the statements that replace one; itself where nothing changes."""
    by_module: dict[str, list[Name]] = {}
    for name in old.names:
        dotted = f"{old.module}.{name.name}"
        if methods := renames.methods_of(dotted):
            for method, function in methods.items():
                place, _, now_name = function.rpartition(".")
                by_module.setdefault(place, []).append(Name(now_name))
                bound[f"{name.local}.{method}"] = now_name
            continue
        module, now = _place_of(old.module, name, renames, exports=exports)
        if now.name != name.name and dotted in renames.imported:
            if not name.alias and name.name in code.assigned:
                now = replace(now, alias=name.name)
            elif not name.alias:
                bound[name.name] = now.name
        by_module.setdefault(module, []).append(now)
    if by_module == {old.module: list(old.names)}:
        return [old]
    return [
        Import(old.indent, module, tuple(names), old.comment) for module, names in by_module.items()
    ]


def _place_of(module: str, name: Name, renames: Renames, *, exports: bool) -> tuple[str, Name]:
    """Return the module to import a name from, and the name as it is there."""
    dotted = f"{module}.{name.name}"
    if dotted in renames.modules:  # A module, imported whole: its users keep their name for it.
        parent, _, now = renames.modules[dotted].rpartition(".")
        alias = name.local if now != name.local else ""
        return parent, replace(name, name=now, alias=alias)
    moved, now = renames.place_of(module, name.name)
    package = renames.package_of(now, moved) if exports and moved != module else None
    return package or moved, replace(name, name=now)


def _rename_uses(
    text: str, renames: Renames, bound: Mapping[str, str], modules: Mapping[str, str]
) -> str:
    """Rename the uses of imported names, and of attributes of modules that are imported whole."""
    lines = [line.encode() for line in text.split("\n")]
    edits: list[Edit] = []
    for node in ast.walk(_parse(text)):
        before = _name_of(node)
        now = bound.get(before)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and not now:
            before = node.attr
            now = renames.attribute(modules.get(node.value.id, ""), before)
        if not now or not isinstance(node, ast.expr):
            continue
        row, end = node.end_lineno or 0, node.end_col_offset or 0
        start = end - len(before.encode())
        # Python 3.11 misplaces the names in f-strings: replace only what is really there.
        if lines[row - 1][start:end] == before.encode():
            edits.append(Edit((row, start), (row, end), now))
    return apply(text, edits)


def _name_of(node: ast.AST) -> str:
    """Return a name, or a name with one attribute, as in `COUNTERS.clear`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _rename_in_prose(text: str, bound: Mapping[str, str]) -> str:
    """Rename imported names in strings, comments and Markdown, where they are clearly code."""
    if not bound:
        return text
    names = "|".join(map(re.escape, bound))
    return re.sub(rf"(?<![\w.])({names})(?=[\[(`])", lambda match: bound[match[1]], text)


def _parse(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise Skipped(f"not valid Python: {error}") from None


def _list_files(folder: Path) -> list[str]:
    options = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = sorted({name for name in _git(folder, *options).split("\0") if name})
    return [name for name in names if _is_text(name) and (folder / name).exists()]


def _is_text(name: str) -> bool:
    path = PurePosixPath(name)
    is_known = path.suffix in SUFFIXES or path.name in FILES
    return is_known and not LEFT_ALONE.fullmatch(name)


def _refuse_unstaged_changes(folder: Path) -> None:
    """Refuse where the renames could not be told apart from other changes.

    Raises:
        PlumblineError: With the paths, and the command that stages them.
    """
    entries = _git(folder, "status", "--porcelain", "-z", "--no-renames", "-uall", "--", ".")
    unstaged = [entry[3:] for entry in entries.split("\0") if entry[1:2].strip()]
    if unstaged:
        listed = "\n".join(f"  {path}" for path in unstaged)
        raise PlumblineError(
            f"These files have changes that are not staged:\n{listed}\n"
            "Commit them, or run `git add --all`: `git diff` then shows the renames alone."
        )


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "core.quotePath=false", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    except OSError as error:
        raise PlumblineError(f"{folder} cannot be read: {error}") from None
    if done.returncode != 0:
        reason = done.stderr.decode("utf-8", "replace").strip()
        raise PlumblineError(f"{folder} is not in a git repository that can be read: {reason}")
    return done.stdout.decode("utf-8", "surrogateescape")


def _read(path: Path) -> str:
    """Return a text file's content with plain line endings.

    Raises:
        Skipped: It is a symbolic link, not in UTF-8, or its line endings differ.
    """
    if path.is_symlink():
        raise Skipped("a symbolic link")
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise Skipped("not in UTF-8") from None
    if "\r" in text and not text.count("\r") == text.count("\n") == text.count("\r\n"):
        raise Skipped("its line endings are mixed")
    return text.replace("\r\n", "\n")


def _write(path: Path, text: str) -> None:
    """Write a text with the line endings that the file has."""
    ending = b"\r\n" if b"\r\n" in path.read_bytes() else b"\n"
    path.write_bytes(text.encode("utf-8").replace(b"\n", ending))
