"""Changes between a release and the present that break a service: removed or changed parts."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.paths import ShippedTemplate, choices


@dataclass(frozen=True)
class Change:
    """A part of a release that was removed or changed.

    Attributes:
        kind: Its kind, in a word or two.
        name: Its name, which UPGRADING.md has to contain in backticks.
        change: The change, as the predicate of a sentence.
    """

    kind: str
    name: str
    change: str

    def __str__(self) -> str:
        """Return the change as a clause."""
        return f"the {self.kind} `{self.name}` {self.change}"


def changes(old: Path, new: Path) -> list[Change]:
    """Compare two folders with `copier.yml` and `template/`; additions are no change."""
    return [change for compare in _COMPARISONS for change in compare(old, new)]


def _paths(old: Path, new: Path) -> Iterator[Change]:
    before, after = ShippedTemplate(old), ShippedTemplate(new)
    kept = set(after.files)
    yield from (Change("path", path, "was removed") for path in before.files if path not in kept)
    missed: dict[str, str] = {}
    for state in before.states():
        answers = ", ".join(f"{name}={answer}" for name, answer in state.items())
        for path in (before.paths(state) & kept) - after.paths(state):
            missed.setdefault(path, f"is left out now with {answers}")
    yield from (Change("path", path, change) for path, change in sorted(missed.items()))


def _questions(old: Path, new: Path) -> Iterator[Change]:
    present = ShippedTemplate(new).asked
    for name, question in ShippedTemplate(old).asked.items():
        if name not in present:
            yield Change("question", name, "was removed")
            continue
        for part in ("type", "default"):
            if question.get(part) != present[name].get(part):
                yield Change("question", name, f"has another {part}")
        for choice in choices(question):
            if choice not in choices(present[name]):
                yield Change("question", name, f"does not take {choice!r} any more")


def _migrations(old: Path, new: Path) -> Iterator[Change]:
    present = _revisions(new)
    for revision, content in _revisions(old).items():
        if revision not in present:
            yield Change("migration", revision, "was removed")
        elif present[revision] != content:
            yield Change("migration", revision, "was changed")


def _revisions(folder: Path) -> dict[str, str]:
    """Return each migration's code by its revision, without comments and docstrings."""
    found: dict[str, str] = {}
    for path in (folder / "template/migrations/versions").rglob("*.py"):
        code = _code(ast.parse(path.read_text("utf-8")))
        if revision := re.search(r"^revision(?:: str)? = '(.+)'$", code, re.MULTILINE):
            found[revision[1]] = code
    return found


def _code(tree: ast.Module | ast.FunctionDef) -> str:
    """Return normalized source, without comments and docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.unparse(tree)


def _settings(old: Path, new: Path) -> Iterator[Change]:
    before, after = _Settings(old), _Settings(new)
    for name, (kind, default) in before.fields.items():
        if name not in after.fields:
            yield Change("setting", name, "was removed")
            continue
        if after.fields[name][0] != kind:
            yield Change("setting", name, "has another type")
        if after.fields[name][1] != default:
            yield Change("setting", name, "has another default")


def _required_settings(old: Path, new: Path) -> Iterator[Change]:
    before, after = _Settings(old), _Settings(new)
    always = ShippedTemplate(new).always()
    for name, path in after.required.items():
        if name not in before.required and (name in before.fields or path in always):
            yield Change("setting", name, "is newly required in production")
    for name, rule in before.rules.items():
        if after.rules.get(name, rule) != rule:
            yield Change("settings class", name, "requires other settings in production")


class _Settings:
    """The settings of a service, by the classes in `app/` whose names end in `Settings`.

    Attributes:
        fields: The type and the default of each, by its environment variable.
        required: The path of the file in which production requires it, by variable.
        rules: The code of each class with rules of its own for required settings.
    """

    def __init__(self, folder: Path) -> None:
        """Read them all."""
        self.fields: dict[str, tuple[str, str | None]] = {}
        self.required: dict[str, str] = {}
        self.rules: dict[str, str] = {}
        for path in sorted((folder / "template/app").rglob("*.py")):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef) and node.name.endswith("Settings"):
                    self._read(node, path.relative_to(folder / "template").as_posix())

    def _read(self, settings: ast.ClassDef, path: str) -> None:
        for node in settings.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                kind = ast.unparse(node.annotation)
                default = ast.unparse(node.value) if node.value else None
                if not kind.startswith("ClassVar"):
                    self.fields[node.target.id.upper()] = (kind, default)
                elif node.target.id == "required_in_production" and node.value:
                    names: tuple[str, ...] = ast.literal_eval(node.value)
                    self.required |= dict.fromkeys(map(str.upper, names), path)
            elif isinstance(node, ast.FunctionDef) and node.name == "missing_in_production":
                self.rules[settings.name] = _code(node)


def _targets(old: Path, new: Path) -> Iterator[Change]:
    for target in sorted(_targets_of(old) - _targets_of(new)):
        yield Change("make target", target, "was removed")


def _targets_of(folder: Path) -> set[str]:
    files = (folder / "template/Makefile", *(folder / "template").glob("devtools/targets/*.mk"))
    texts = (path.read_text("utf-8") for path in files if path.is_file())
    return {
        target
        for text in texts
        for target in re.findall(r"^([a-z][\w-]*):(?!=)", text, re.MULTILINE)
    }


_COMPARISONS: tuple[Callable[[Path, Path], Iterator[Change]], ...] = (
    _paths,
    _questions,
    _migrations,
    _settings,
    _required_settings,
    _targets,
)
