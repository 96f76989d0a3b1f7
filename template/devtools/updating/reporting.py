"""The report of an update in Markdown, the same in a preview, after it, and in CI."""

import ast
import shlex
from collections.abc import Iterable, Iterator

from devtools.updating.git import Repository
from devtools.updating.lost_changes import Comparison, NotArrived
from devtools.updating.planning import Plan

_REQUIRED = "required_in_production"


def describe(repository: Repository, plan: Plan, *, back: str) -> str:
    """Return the report of an update.

    Args:
        repository: The service.
        plan: The update.
        back: The git name of the state before it: `HEAD`, or the backup tag.
    """
    compared = plan.comparison(repository)
    parts = [f"# Update from {plan.old} to {plan.new}"]
    for title, lines in _sections(repository, plan, compared, back):
        if lines:
            parts.append(f"## {title}\n\n" + "\n".join(lines))
    parts.append(plan.release_notes)
    return "\n\n".join(parts)


def _sections(
    repository: Repository, plan: Plan, compared: Comparison, back: str
) -> Iterator[tuple[str, list[str]]]:
    before, after = repository.files(compared.before), repository.files(compared.after)
    both = [path for path in before if path in after and before[path] != after[path]]
    conflicts = plan.conflicts(repository)
    new = sorted(after.keys() - before.keys())
    yield "In conflict: to be resolved by hand", _items(conflicts)
    yield (
        "Removed although you had edited them: these commands restore them",
        _commands(f"git checkout {back} -- {shlex.quote(path)}" for path in compared.removed_edits),
    )
    yield "Lines of yours that are missing: see these changes", _vanished(compared, back)
    yield (
        "Changes that were not applied: you have deleted or moved the file",
        [_missed(missed) for missed in compared.not_arrived],
    )
    yield "Settings that production now requires", _items(_required(repository, before, after))
    yield (
        "New migrations: run `make migrate`",
        _items(path for path in new if path.startswith("migrations/versions/")),
    )
    yield "Changed", _items(path for path in both if path not in conflicts)
    yield "Added", _items(path for path in new if path not in conflicts)
    yield "Removed", _items(sorted(before.keys() - after.keys()))


def _items(names: Iterable[str]) -> list[str]:
    return [f"- `{name}`" for name in names]


def _commands(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _vanished(compared: Comparison, back: str) -> list[str]:
    found: list[str] = []
    for path, lines in compared.vanished_lines.items():
        found += _commands([f"git diff {back} -- {shlex.quote(path)}"])
        found += [f"        {line}" for line in lines]
    return found


def _missed(missed: NotArrived) -> str:
    moved = f", which is now `{missed.moved_to}`" if missed.moved_to else ""
    shown = f"git diff {missed.old} {missed.new}" if missed.old else f"git show {missed.new}"
    return f"- `{missed.path}`{moved}: `{shown}`"


def _required(repository: Repository, before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return the settings that production requires after an update and not before."""
    changed = [
        path
        for path in before.keys() | after.keys()
        if path.startswith("app/") and path.endswith(".py") and before.get(path) != after.get(path)
    ]
    old, new = (
        {
            name
            for path in changed
            for name in required_settings(b"\n".join(repository.lines(files.get(path))))
        }
        for files in (before, after)
    )
    return sorted(name.upper() for name in new - old)


def required_settings(source: bytes) -> set[str]:
    """Return the settings that the classes of a Python file require in production.

    Args:
        source: The file's content; none are found in one with conflicts.
    """
    if _REQUIRED.encode() not in source:
        return set()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()
    return {
        str(constant.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == _REQUIRED and node.value
        for constant in ast.walk(node.value)
        if isinstance(constant, ast.Constant)
    }
