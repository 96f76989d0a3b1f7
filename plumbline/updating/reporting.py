"""The report of an update in Markdown, the same in a preview, after it, and in CI."""

import ast
import re
import shlex
from collections.abc import Iterable, Iterator

from plumbline.updating.git import Files, Repository
from plumbline.updating.lost_changes import LostChanges, NotArrived
from plumbline.updating.migrations import new_heads, read_migrations
from plumbline.updating.planning import Plan

_REQUIRED = "required_in_production"
_SETTING = re.compile(rb"^[ \t]*(?:#[ \t]*)?(?:export[ \t]+)?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def describe(repository: Repository, plan: Plan, *, back: str) -> str:
    """Return the report of an update.

    Args:
        repository: The service.
        plan: The update.
        back: The git name of the state before it: `HEAD`, or the backup tag.
    """
    title = f"from {plan.old} to {plan.new}" if plan.old != plan.new else f"of answers, {plan.old}"
    parts = [f"# Update {title}"]
    for heading, lines in _sections(repository, plan, back):
        if lines:
            parts.append(f"## {heading}\n\n" + "\n".join(lines))
    return "\n\n".join([*parts, plan.release_notes]).strip()


def describe_lost(lost: LostChanges, back: str) -> str:
    """Return the sections of lost changes, in Markdown.

    Args:
        lost: The lost changes.
        back: The git name of the state before the update.
    """
    sections = ((heading, lines) for heading, lines in _lost(lost, back) if lines)
    return "\n\n".join(f"## {heading}\n\n" + "\n".join(lines) for heading, lines in sections)


def _sections(repository: Repository, plan: Plan, back: str) -> Iterator[tuple[str, list[str]]]:
    before, after = repository.files(repository.tree(plan.before)), plan.merge.files
    readable = plan.merge.files_without_markers
    both = [path for path in before if path in after and before[path] != after[path]]
    conflicts, new = plan.merge.conflicts, sorted(after.keys() - before.keys())
    yield "In conflict: to be resolved by hand", _items(sorted(conflicts))
    yield from _lost(plan.lost_changes(repository), back)
    yield (
        "Moved",
        [f"- `{old}` → `{now}`" for old, now in sorted(plan.merge.moves.items())],
    )
    yield "Settings that production now requires", _items(_required(repository, before, readable))
    yield "Settings that are no longer read", _gone_settings(repository, plan)
    yield "Migrations with two heads: decide on their order", _heads(repository, before, readable)
    yield (
        "New migrations: run `make migrate`",
        _items(path for path in new if path.startswith("migrations/versions/")),
    )
    yield "Changed", _items(path for path in both if path not in conflicts)
    yield "Added", _items(path for path in new if path not in conflicts)
    yield "Removed", _items(sorted(before.keys() - after.keys()))


def _lost(lost: LostChanges, back: str) -> Iterator[tuple[str, list[str]]]:
    yield (
        "Removed although you had edited them: these commands restore them",
        [f"    git checkout {back} -- {shlex.quote(path)}" for path in lost.removed],
    )
    yield "Lines of yours that are missing: see these changes", _vanished(lost, back)
    yield "Changes that were not applied", [_missed(missed) for missed in lost.not_arrived]


def _items(names: Iterable[str]) -> list[str]:
    return [f"- `{name}`" for name in names]


def _vanished(lost: LostChanges, back: str) -> list[str]:
    found: list[str] = []
    for path, lines in lost.vanished.items():
        found.append(f"    git diff {back} -- {shlex.quote(path)}")
        found += [f"        {line}" for line in lines]
    return found


def _missed(missed: NotArrived) -> str:
    shown = f"git diff {missed.old} {missed.new}" if missed.old else f"git show {missed.new}"
    return f"- `{missed.path}`: {missed.reason}. `{shown}`"


def _heads(repository: Repository, before: Files, after: Files) -> list[str]:
    old, new = (read_migrations(repository, files) for files in (before, after))
    return [
        f"- {label}: {' and '.join(heads)}. If yours has run on no other machine, let it follow "
        f"the template's (`down_revision`). Otherwise join them: `make migration feature={label} "
        'm="join two heads"`.'
        for label, heads in new_heads(old, new).items()
    ]


def _gone_settings(repository: Repository, plan: Plan) -> list[str]:
    """Return the settings that the template has no more, unless the user's example keeps them."""
    trees = (repository.files(tree) for tree in (plan.base, plan.theirs))
    old, new = (_settings_in(repository, files) for files in trees)
    if ".env.example" not in plan.merge.conflicts:
        new |= _settings_in(repository, plan.merge.files)
    try:
        own = set(_SETTING.findall((repository.folder / ".env").read_bytes()))
    except OSError:
        own = set()
    return [
        f"- `{name.decode()}`" + (": remove it from your .env" if name in own else "")
        for name in sorted(old - new)
    ]


def _settings_in(repository: Repository, files: Files) -> set[bytes]:
    entry = files.get(".env.example")
    return set(_SETTING.findall(repository.content(entry.id))) if entry else set()


def _required(repository: Repository, before: Files, after: Files) -> list[str]:
    """Return the settings that production requires after an update and not before."""
    changed = [
        path
        for path in before.keys() | after.keys()
        if path.startswith("app/") and path.endswith(".py") and before.get(path) != after.get(path)
    ]
    old, new = (
        {
            name
            for content in repository.contents(
                files[path].id for path in changed if path in files
            ).values()
            for name in required_settings(content)
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
