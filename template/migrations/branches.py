"""Which tables a branch of migrations made, and which are kept of a module that is switched off."""

import ast
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from alembic.script import Script, ScriptDirectory


def scripts_of(scripts: ScriptDirectory, label: str) -> list[Script]:
    """Return a branch's own migrations, without those that it depends on."""
    return [script for script in scripts.walk_revisions() if label in script.branch_labels]


def kept_branches(scripts: ScriptDirectory, *, modules: Collection[str]) -> set[str]:
    """Return the branches whose module is gone: their tables stay, and no model says so.

    Args:
        scripts: The migrations of the service.
        modules: The names of the modules that there are.
    """
    labels = {label for script in scripts.walk_revisions() for label in script.branch_labels}
    return labels - set(modules)


def kept_tables(scripts: ScriptDirectory, *, modules: Collection[str]) -> set[str]:
    """Return the tables of `kept_branches`."""
    kept = kept_branches(scripts, modules=modules)
    return {table for label in kept for table in tables_created_by(scripts_of(scripts, label))}


def tables_created_by(scripts: Iterable[Script]) -> set[str]:
    """Return what the migrations name in `create_table`, as a string or a constant of theirs."""
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
