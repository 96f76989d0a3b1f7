"""Write a migration for the changes in one feature's tables, in that feature's branch.

    python -m devtools.new_migration notes "add notes"

The models are compared with a new database that all migrations have built, so the state of the
development database does not matter. Tables of other features are not compared. A branch with two
heads, such as one in which an update and its user have both added a migration, gets a migration
that joins them and changes no table.
"""

import argparse
import asyncio
import io
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from alembic import command
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations.ops import (
    CreateForeignKeyOp,
    CreateTableOp,
    MigrationScript,
    OpContainer,
)
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError, to_tuple
from sqlalchemy import ForeignKeyConstraint, Table
from sqlalchemy.orm import configure_mappers

from app.core.db import Base
from app.features import FEATURES
from app.modules import MODULES
from devtools.postgres import PostgresUnavailable
from devtools.test_databases import copy_database, drop_database, migrated_template, test_server
from migrations.branches import scripts_of, tables_created_by

SERVICE_ROOT = Path(__file__).parents[1]


def write_migration(owner: str, message: str) -> Path | None:
    """Write a migration for the tables of one feature.

    Args:
        owner: The feature's name, which is its folder and the label of its branch.
        message: A summary of the change; becomes the file's name and first line.

    Returns:
        The new file, or `None` if the models and the migrations agree.

    Raises:
        PostgresUnavailable: No server is available for the database.
    """
    database = asyncio.run(_fresh_database())
    try:
        config = _alembic_config(owner, database)
        head, label = (f"{owner}@head", None) if _migrations_of(owner) else ("base", owner)
        script = command.revision(
            config, message=message, autogenerate=True, head=head, branch_label=label
        )
    finally:
        asyncio.run(_drop(database))
    return Path(script.path) if script and not isinstance(script, list) else None


def heads_of(owner: str) -> list[str]:
    """Return the newest migrations of one feature: more than one must be joined."""
    migrations = _migrations_of(owner)
    followed = {name for one in migrations for name in to_tuple(one.down_revision, default=())}
    return sorted(one.revision for one in migrations if one.revision not in followed)


def join_heads(owner: str, message: str, heads: Sequence[str]) -> Path:
    """Write a migration that follows several heads of a branch, and return its file.

    Args:
        owner: The feature's name, which is its folder and the label of its branch.
        message: A summary; becomes the file's name and first line.
        heads: The heads.
    """
    script = command.merge(_config_of(owner), revisions=list(heads), message=message)
    if script is None:
        raise AssertionError
    return Path(script.path)


async def _fresh_database() -> str:
    server = test_server()
    copy = await copy_database(server, template=await migrated_template(server))
    return copy.render_as_string(hide_password=False)


async def _drop(address: str) -> None:
    name = address.partition("?")[0].rpartition("/")[2]
    await drop_database(test_server(), name=name)


def _alembic_config(owner: str, database: str) -> Config:
    config = _config_of(owner)
    config.attributes["url"] = database
    config.attributes["include_object"] = _only_tables_of(owner)
    config.attributes["process_revision_directives"] = partial(_finish, owner)
    return config


def _config_of(owner: str) -> Config:
    """Return Alembic's configuration with new files in the folder of one feature."""
    config = Config(SERVICE_ROOT / "alembic.ini", stdout=io.StringIO())
    name = config.file_config.get("alembic", "file_template", raw=True)
    config.file_config.set("alembic", "file_template", f"{owner}/{name}")
    return config


def _migrations_of(owner: str) -> list[Script]:
    scripts = ScriptDirectory.from_config(Config(SERVICE_ROOT / "alembic.ini"))
    return scripts_of(scripts, owner)


def _finish(
    owner: str, _context: AutogenContext, _revision: object, directives: list[MigrationScript]
) -> None:
    """Write no file without changes; else depend on the migrations of the tables referred to."""
    operations = directives[0].upgrade_ops if directives else None
    if operations is None or operations.is_empty():
        directives.clear()
        return
    owners = table_owners()
    others = {owners.get(table) for table in _referred_tables(operations)} - {owner, None}
    directives[0].depends_on = [_head_of(str(other)) for other in sorted(map(str, others))] or None


def _referred_tables(operations: OpContainer) -> set[str]:
    """Return the tables that new foreign keys refer to."""
    tables: set[str] = set()
    for operation in operations.ops:
        if isinstance(operation, OpContainer):
            tables |= _referred_tables(operation)
        elif isinstance(operation, CreateForeignKeyOp):
            tables.add(operation.referent_table)
        elif isinstance(operation, CreateTableOp):
            tables |= {
                element.target_fullname.partition(".")[0]
                for constraint in operation.columns
                if isinstance(constraint, ForeignKeyConstraint)
                for element in constraint.elements
            }
    return tables


def _head_of(owner: str) -> str:
    head, *others = heads_of(owner)
    if others:
        command = f'make migration feature={owner} m="join heads"'
        message = f"{owner} has two heads: first run `{command}`"
        raise CommandError(message)
    return head


def _only_tables_of(owner: str) -> Callable[..., bool]:
    """Return Alembic's `include_object` for the tables of one owner."""
    owners = table_owners()
    dropped = tables_created_by(_migrations_of(owner)) - owners.keys()  # their models were deleted

    def include(thing: object, name: str | None, kind: str, _reflected: object, _: object) -> bool:
        if kind != "table" or not isinstance(thing, Table):
            return True
        return owners.get(str(name)) == owner or name in dropped

    return include


def table_owners() -> dict[str, str]:
    """Return the module of each table, by the package of its model."""
    configure_mappers()
    packages = {_package_of(module.name): module.name for module in (*MODULES, *FEATURES)}
    owners: dict[str, str] = {}
    for mapper in Base.registry.mappers:
        for package, name in packages.items():
            if f"{mapper.class_.__module__}.".startswith(f"{package}."):
                owners |= {str(table): name for table in mapper.tables}
    return owners


def _package_of(name: str) -> str:
    """Return the package of a module of this name."""
    places = ("app/features", "app/integrations", "app", "app/core")
    for place in places:
        if (SERVICE_ROOT / place / name).is_dir():
            return f"{place}/{name}".replace("/", ".")
    return f"app.features.{name}"


def main() -> None:
    """Read the command line, write the migration, and print its path."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("feature", help="the feature's folder name, as in app/features/notes")
    parser.add_argument("message", help="a summary of the change, such as: add notes")
    options = parser.parse_args()
    known = sorted(module.name for module in (*MODULES, *FEATURES))
    if options.feature not in known:
        sys.exit(
            f"app/features/__init__.py lists no feature {options.feature!r}; add it there first. "
            f"Listed: {', '.join(known) or 'none yet'}."
        )
    if not re.fullmatch(r"\w[\w ,;:()/'-]{2,79}", options.message):
        sys.exit('The summary must be 3 to 80 plain characters, such as m="add notes".')
    if len(heads := heads_of(options.feature)) > 1:
        path = join_heads(options.feature, options.message, heads)
        print(f"Wrote {path.relative_to(SERVICE_ROOT)}, which joins {' and '.join(heads)}.")
        print("Run the same command again if you have changed models, too.")
        return
    try:
        path = write_migration(options.feature, options.message)
    except PostgresUnavailable as error:
        sys.exit(f"No database to compare with: {error}")
    except CommandError as error:
        sys.exit(str(error))
    if path is None:
        print(f"The models of {options.feature} and its migrations say the same: nothing to write.")
        return
    print(f"Wrote {path.relative_to(SERVICE_ROOT)}. Read it before you run `make migrate`.")


if __name__ == "__main__":
    main()
