"""The migrations in a tree of files: heads and bases, without Alembic."""

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from plumbline.updating.git import Files, Repository
from plumbline.updating.merging import MIGRATIONS


@dataclass(frozen=True, kw_only=True)
class Migration:
    """A migration, as its file has it.

    Attributes:
        path: The file.
        revision: Its id.
        follows: The revisions that it follows in its branch.
        needs: Those of other branches.
        tables: The tables that it creates.
    """

    path: str
    revision: str
    follows: tuple[str, ...]
    needs: tuple[str, ...]
    tables: tuple[str, ...]

    @property
    def label(self) -> str:
        """The branch, by its folder."""
        return PurePosixPath(self.path).parent.name


def read_migrations(repository: Repository, files: Files) -> list[Migration]:
    """Return the migrations of a tree, without files that cannot be read as one.

    Args:
        repository: The service.
        files: The tree's files.
    """
    paths = [path for path in files if path.startswith(MIGRATIONS) and path.endswith(".py")]
    contents = repository.contents(files[path].id for path in paths)
    found = (_read(path, contents[files[path].id]) for path in paths)
    return [migration for migration in found if migration]


def new_heads(before: Iterable[Migration], after: Iterable[Migration]) -> dict[str, list[str]]:
    """Return the branches that have several heads after an update and not before, with the heads.

    Args:
        before: The migrations before it.
        after: Those after it.
    """
    old = _heads(before)
    return {
        label: heads
        for label, heads in _heads(after).items()
        if len(heads) > 1 and old.get(label) != heads
    }


def missing_bases(before: Iterable[Migration], after: Iterable[Migration]) -> dict[str, str]:
    """Return the new migrations that follow a missing one, by path, with the missing revision.

    Args:
        before: The migrations before an update.
        after: Those after it.
    """
    after, known = list(after), {migration.path for migration in before}
    revisions = {migration.revision for migration in after}
    return {
        migration.path: needed
        for migration in after
        for needed in (*migration.follows, *migration.needs)
        if migration.path not in known and needed not in revisions and needed.isalnum()
    }


def _heads(migrations: Iterable[Migration]) -> Mapping[str, list[str]]:
    migrations = list(migrations)
    followed = {revision for migration in migrations for revision in migration.follows}
    found: dict[str, list[str]] = {}
    for migration in migrations:
        if migration.revision not in followed:
            found.setdefault(migration.label, []).append(migration.revision)
    return {label: sorted(heads) for label, heads in found.items()}


def _read(path: str, content: bytes) -> Migration | None:
    try:
        tree = ast.parse(content)
        values = dict(_constants(tree))
    except (SyntaxError, ValueError):
        return None
    if not isinstance(revision := values.get("revision"), str):
        return None
    return Migration(
        path=path,
        revision=revision,
        follows=_names(values.get("down_revision")),
        needs=_names(values.get("depends_on")),
        tables=tuple(_tables(tree, values)),
    )


def _constants(tree: ast.Module) -> Iterator[tuple[str, object]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        try:
            yield name, ast.literal_eval(value)
        except ValueError:
            continue


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value)) if isinstance(value, Collection) else ()


def _tables(tree: ast.Module, values: Mapping[str, object]) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="create_table"), args=[ast.Constant(name), *_]):
                yield str(name)
            case ast.Call(func=ast.Attribute(attr="create_table"), args=[ast.Name(name), *_]):
                yield str(values.get(name, name))
            case _:
                pass
