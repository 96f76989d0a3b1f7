"""The tables of migration branches, and the branches of disabled modules."""

import ast
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError, to_tuple


def require_complete(scripts: ScriptDirectory) -> ScriptDirectory:
    """Return the migrations, after a check that each one that others need is there.

    Raises:
        CommandError: One is missing.
    """
    try:
        scripts.get_heads()
    except KeyError as error:
        missing = error.args[0]
        raise CommandError(
            f"The migration {missing} is missing, but another one in migrations/versions/ follows "
            "it or depends on it. Find the commit that removed it with "
            f"`git log -S {missing} -- migrations`, then restore its folder, or remove the other."
        ) from error
    return scripts


def scripts_of(scripts: ScriptDirectory, label: str) -> list[Script]:
    """Return the migrations of a branch, without those that it depends on, or that follow it.

    Alembic passes a label on to every migration that follows, also to one of another folder.
    """
    labeled = [script for script in scripts.walk_revisions() if label in script.branch_labels]
    folders = {
        Path(script.path).parent
        for script in labeled
        if label in to_tuple(getattr(script.module, "branch_labels", None), default=())
    }
    return [script for script in labeled if Path(script.path).parent in folders]


def kept_branches(scripts: ScriptDirectory, *, modules: Collection[str]) -> set[str]:
    """Return the branches of disabled modules; their tables are kept without a model.

    Args:
        scripts: The migrations of the service.
        modules: The names of the enabled modules.
    """
    labels = {label for script in scripts.walk_revisions() for label in script.branch_labels}
    return labels - set(modules)


def kept_tables(scripts: ScriptDirectory, *, modules: Collection[str]) -> set[str]:
    """Return the tables of the branches of disabled modules."""
    kept = kept_branches(scripts, modules=modules)
    return {table for label in kept for table in tables_created_by(scripts_of(scripts, label))}


def tables_created_by(scripts: Iterable[Script]) -> set[str]:
    """Return the tables in `create_table` calls; a name is a string or a constant of the module."""
    return {name for script in scripts for name in _created_by(script)}


def _created_by(script: Script) -> Iterator[str]:
    for node in ast.walk(ast.parse(Path(script.path).read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr="create_table"), args=[ast.Constant(name), *_]):
                yield str(name)
            case ast.Call(func=ast.Attribute(attr="create_table"), args=[ast.Name(name), *_]):
                if isinstance(value := getattr(script.module, name, None), str):
                    yield value
            case _:
                pass
