"""Apply a release's recorded renames to the Python code, tests and documents of a service.

    python -m plumbline.renaming ../my-service

Imports are rewritten, merged and sorted; names that moved into a package are imported from it. Running
it twice changes nothing more. Commit first: the change is then one diff to read.
"""

import argparse
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

TABLE = Path(__file__).with_name("renames-0.2.0.toml")
SUFFIXES = frozenset({".jinja", ".md", ".mk", ".patch", ".py", ".toml", ".yaml", ".yml"})
SKIPPED = frozenset({".git", ".venv", ".data", ".tools", "__pycache__", "node_modules", "plumbline", "releases"})
LINE_LENGTH = 100

_IMPORT = re.compile(
    r"^(?P<indent>[ \t]*)from (?P<module>(?:app|tests)(?:\.\w+)*) import "
    r"(?P<names>\([^()]*\)|[^\n(#]+)(?P<comment>[ \t]*#[^\n]*)?\n",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Renames:
    """One release's renames.

    Attributes:
        modules: Dotted paths of modules, before and now.
        public: The package that exports a name, by name.
        words: Unambiguous identifiers, before and now.
        imported: Identifiers that are renamed only where they are imported or defined.
    """

    modules: Mapping[str, str]
    public: Mapping[str, str]
    words: Mapping[str, str]
    imported: Mapping[str, str]

    @classmethod
    def load(cls, path: Path = TABLE) -> "Renames":
        """Read a table."""
        table = tomllib.loads(path.read_text("utf-8"))
        public = {name: package for package, names in table["public"].items() for name in names.split()}
        return cls(table["modules"], public, table["words"], table["imported"])


def rename(text: str, renames: Renames, *, path: Path) -> str:
    """Return a file's text with the renames applied.

    Args:
        text: The file's content.
        renames: What to apply.
        path: The file; code inside `app/core` imports from the modules, not from their package.
    """
    inside_core = "app/core" in path.as_posix()
    bound: dict[str, str] = {}

    def rewrite(match: re.Match[str]) -> str:
        return _rewrite_import(match, renames, bound, inside_core=inside_core)

    text = _IMPORT.sub(rewrite, text)
    text = _merge_imports(text)
    for before, now in renames.modules.items():
        text = re.sub(rf"(?<![\w.]){re.escape(before)}(?!\w)", now, text)
        old_path, new_path = before.replace(".", "/"), now.replace(".", "/")
        text = re.sub(rf"(?<![\w/]){re.escape(old_path)}\.py\b", f"{new_path}.py", text)
        old_test, new_test = (_test_path(part) for part in (before, now))
        text = re.sub(rf"(?<![\w/]){re.escape(old_test)}(?=\.py\b)", new_test, text)
    words = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, renames.words))})(?!\w)")
    text = words.sub(lambda match: renames.words[match[0]], text)
    own = {name: now for name, now in renames.imported.items() if re.search(rf"^(?:class|(?:async )?def) {name}\b", text, re.MULTILINE) and "app/" in path.as_posix()}
    return _rename_bound(text, own | bound, is_python=path.suffix == ".py")


def _test_path(module: str) -> str:
    *folders, name = module.split(".")[1:]
    return "/".join(["tests", *folders, f"test_{name}"])


def _rewrite_import(
    match: re.Match[str], renames: Renames, bound: dict[str, str], *, inside_core: bool
) -> str:
    module = match["module"]
    moved = renames.modules.get(module, module)
    lines: dict[str, list[str]] = {}
    for part in match["names"].strip("()").split(","):
        spelled = re.sub(r"#[^\n]*", "", part).strip()
        if not spelled:
            continue
        name, _, alias = spelled.partition(" as ")
        whole = renames.modules.get(f"{module}.{name}")
        now = renames.words.get(name, name)
        if module.startswith("app.") and name in renames.imported:
            now = renames.imported[name]
            if not alias:
                bound[name] = now
        target = moved
        if whole:
            target, _, now = whole.rpartition(".")
            if now != name and not alias:
                bound[name] = now
        elif not inside_core and moved.startswith("app.core.") and moved.startswith(renames.public.get(now, "-")):
            target = renames.public[now]
        lines.setdefault(target, []).append(f"{now} as {alias}" if alias else now)
    comment = f"  {match['comment'].strip()}" if match["comment"] else ""
    return "".join(
        _import_line(match["indent"], target, names, comment) for target, names in lines.items()
    )


def _import_line(indent: str, module: str, names: Iterable[str], comment: str = "") -> str:
    ordered = sorted(set(names), key=_isort_key)
    line = f"{indent}from {module} import {', '.join(ordered)}{comment}"
    if len(line) <= LINE_LENGTH:
        return f"{line}\n"
    body = "".join(f"{indent}    {name},\n" for name in ordered)
    return f"{indent}from {module} import ({comment}\n{body}{indent})\n"


def _isort_key(name: str) -> tuple[int, str]:
    bare = name.partition(" as ")[0]
    if bare.isupper() and len(bare) > 1:
        return 0, bare
    return (1, bare) if bare[:1].isupper() else (2, bare)


def _merge_imports(text: str) -> str:
    """Merge and sort neighbouring imports of the service, which may have moved into one package."""
    out: list[str] = []
    end = 0
    for group in _groups(list(_IMPORT.finditer(text))):
        out.append(text[end : group[0].start()])
        end = group[-1].end()
        plain = all(not match["comment"] for match in group)
        modules: dict[str, list[str]] = {}
        for match in group:
            names = [part.strip() for part in match["names"].strip("()").split(",") if part.strip()]
            modules.setdefault(match["module"], []).extend(names)
        if plain and len(group) > 1:
            indent = group[0]["indent"]
            out += [_import_line(indent, module, modules[module]) for module in sorted(modules)]
        else:
            out += [match[0] for match in group]
    return "".join([*out, text[end:]])


def _groups(matches: Sequence[re.Match[str]]) -> Iterable[list[re.Match[str]]]:
    group: list[re.Match[str]] = []
    for match in matches:
        if group and (group[-1].end() != match.start() or group[-1]["indent"] != match["indent"]):
            yield group
            group = []
        group.append(match)
    if group:
        yield group


def _rename_bound(text: str, bound: Mapping[str, str], *, is_python: bool) -> str:
    """Rename identifiers that are ordinary words too, in code only."""
    if not bound:
        return text
    if not is_python:
        names = "|".join(bound)
        return re.sub(rf"(?<![\w.])({names})(?=[\[(`])", lambda match: bound[match[1]], text)
    lines = text.splitlines(keepends=True)
    places: list[tuple[int, int, str]] = []
    tokens = list(tokenize.generate_tokens(StringIO(text).readline))
    for before, token, after in zip([tokens[-1], *tokens], tokens, [*tokens[1:], tokens[-1]], strict=False):
        if token.type != tokenize.NAME or token.string not in bound or before.string == ".":
            continue
        if after.string == "=" or (token.string.islower() and after.string == ":"):
            continue  # a keyword or a parameter of that name, not what was imported
        places.append((token.start[0] - 1, token.start[1], token.string))
    for row, column, name in reversed(places):
        line = lines[row]
        lines[row] = line[:column] + bound[name] + line[column + len(name) :]
    return re.sub(
        rf"(?<![\w.])({'|'.join(bound)})(?=[\[(`])", lambda match: bound[match[1]], "".join(lines)
    )


def rename_folder(folder: Path, renames: Renames) -> list[Path]:
    """Apply renames to every text file of a folder, and return those that changed."""
    changed = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.suffix not in SUFFIXES and path.name != "Makefile":
            continue
        if not path.is_file() or path.is_symlink() or SKIPPED & set(inside):
            continue
        text = path.read_text("utf-8")
        renamed = rename(text, renames, path=Path(*inside))
        if renamed != text:
            path.write_text(renamed, "utf-8")
            changed.append(path)
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """Rename in the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m plumbline.renaming", description=__doc__)
    parser.add_argument("folder", type=Path, help="the service")
    folder: Path = parser.parse_args(arguments).folder
    for path in rename_folder(folder, Renames.load()):
        sys.stdout.write(f"{path.relative_to(folder)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
