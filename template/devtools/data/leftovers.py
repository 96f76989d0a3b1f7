"""The leftovers of modules that are removed: tables, rows, jobs, settings, code."""

import importlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from alembic.util import to_tuple

from app.core.db import Base
from app.core.module import Module
from app.features import FEATURES
from app.modules import MODULES
from app.settings import Settings
from devtools.data import DataError
from devtools.data.database import FOREIGN_KEYS, open_database
from devtools.data.exports import TABLES_THERE, tables_of
from devtools.data.usages import find_usages
from migrations.branches import kept_branches, scripts_of
from migrations.retiring import all_scripts, retired_labels

SERVICE_ROOT = Path(__file__).parents[2]
WAITING = "SELECT name, count(*) AS number FROM jobs WHERE state = 'waiting' GROUP BY name"


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """The leftovers of modules, and the reasons against their removal.

    Attributes:
        labels: The modules that are removed, which are also the branches of their migrations.
        tables: Their tables.
        settings: The environment variables that are no longer read.
        needed_by: The code that needs the modules or their tables, a sentence each.
        depended_on_by: The reasons why the tables cannot be dropped, a sentence each.
    """

    labels: tuple[str, ...]
    tables: frozenset[str]
    settings: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    depended_on_by: tuple[str, ...] = ()


def find_leftovers(
    packages: Collection[str], *, ignored: Collection[str], rendered: Collection[str] | None
) -> Leftovers:
    """Return the leftovers of packages that are removed.

    Args:
        packages: Packages of modules, such as `app.integrations.example`.
        ignored: Files that are removed or rewritten with them; their imports do not count.
        rendered: The files of the template; a migration that is none of them is the user's.

    Raises:
        DataError: A package has no module.
    """
    leaving = [_module_in(package) for package in sorted(packages)]
    labels = tuple(module.name for module in leaving)
    tables = tables_of(labels)
    return Leftovers(
        labels=labels,
        tables=frozenset(tables),
        settings=tuple(_unread_settings(leaving)),
        needed_by=(
            *find_usages(SERVICE_ROOT, packages, ignored=ignored),
            *_references_to(tables),
        ),
        depended_on_by=tuple(_dependent_migrations(labels, rendered)),
    )


def find_kept(label: str, *, rendered: Collection[str] | None = None) -> Leftovers:
    """Return the leftovers of a module that was removed earlier.

    Args:
        label: Its name.
        rendered: Unused: the template has none of its files any more.

    Raises:
        DataError: No tables of it were kept.
    """
    del rendered
    modules = [module.name for module in (*MODULES, *FEATURES)]
    if label not in kept_branches(all_scripts(), modules=modules) - retired_labels():
        raise DataError(f"{label} is not on, and no tables of it were kept.")
    tables = frozenset(tables_of([label]))
    return Leftovers(
        labels=(label,),
        tables=tables,
        needed_by=(*_models_of(tables), *_references_to(tables)),
        depended_on_by=tuple(_dependent_migrations([label], None)),
    )


async def read_database(leftovers: Leftovers) -> tuple[dict[str, object], list[str]]:
    """Return the leftovers in the configured database.

    Args:
        leftovers: Those in the code.

    Returns:
        The database's `name`, its `rows` by table (none for a missing one) and the jobs that are
        `waiting`, by name, or the `error` that kept it from being read; and the reasons why the
        tables cannot be dropped.
    """
    try:
        async with open_database() as connection:
            return await _read_contents(connection, leftovers)
    except DataError as error:
        return {"error": str(error)}, []
    except asyncpg.PostgresError as error:
        return {"error": f"The database cannot be read: {error}"}, []


async def _read_contents(
    connection: asyncpg.Connection, leftovers: Leftovers
) -> tuple[dict[str, object], list[str]]:
    there = {row["tablename"] for row in await connection.fetch(TABLES_THERE)}
    waiting = await connection.fetch(WAITING) if "jobs" in there else []
    own = {job.name for module in MODULES if module.name in leftovers.labels for job in module.jobs}
    foreign_keys = [(row["source"], row["target"]) for row in await connection.fetch(FOREIGN_KEYS)]
    contents: dict[str, object] = {
        "name": str(await connection.fetchval("SELECT current_database()")),
        "rows": {
            name: await _count(connection, name) if name in there else None
            for name in sorted(leftovers.tables)
        },
        "waiting": {row["name"]: row["number"] for row in waiting if row["name"] in own},
    }
    return contents, [
        f"The table {source} has a foreign key to {target}."
        for source, target in sorted(foreign_keys)
        if target in leftovers.tables and source not in leftovers.tables
    ]


async def _count(connection: asyncpg.Connection, name: str) -> int:
    quoted = '"' + name.replace('"', '""') + '"'
    query = f"SELECT count(*) FROM {quoted}"  # noqa: S608 (a name from our migrations, quoted)
    return int(await connection.fetchval(query) or 0)


def _module_in(package: str) -> Module:
    try:
        module: Module = importlib.import_module(f"{package}.module").module
    except ModuleNotFoundError as error:
        raise DataError(f"{package} has no module: {error}.") from error
    return module


def _unread_settings(leaving: Collection[Module]) -> Iterator[str]:
    staying = [module for module in (*MODULES, *FEATURES) if module not in leaving]
    read = {name for module in staying for name in _settings_of(module)} | {*Settings.model_fields}
    for module in leaving:
        yield from (name.upper() for name in _settings_of(module) if name not in read)


def _settings_of(module: Module) -> Collection[str]:
    return module.settings.model_fields if module.settings else ()


def _models_of(tables: Collection[str]) -> Iterator[str]:
    for name in sorted({*tables} & {*Base.metadata.tables}):
        yield f"A model of yours has the table {name}."


def _references_to(tables: Collection[str]) -> Iterator[str]:
    for table in Base.metadata.sorted_tables:
        targets = {key.column.table.name for key in table.foreign_keys} & set(tables)
        if table.name not in tables and targets:
            yield f"The model of {table.name} has a foreign key to {', '.join(sorted(targets))}."


def _dependent_migrations(labels: Iterable[str], rendered: Collection[str] | None) -> Iterator[str]:
    """Yield the migrations that need those of branches, and the user's own ones within them."""
    labels, scripts = list(labels), all_scripts()
    going = {script.revision: script for label in labels for script in scripts_of(scripts, label)}
    for script in scripts.walk_revisions():
        path = Path(script.path).relative_to(SERVICE_ROOT)
        # A dependency may be a branch's label.
        needed = {
            *to_tuple(script.down_revision, default=()),
            *to_tuple(script.dependencies, default=()),
        }
        if script.revision not in going and needed & {*going, *labels}:
            yield f"{path} depends on {', '.join(labels)}."
        elif script.revision in going and rendered is not None and path.as_posix() not in rendered:
            yield f"{path} is yours, and would be removed with {', '.join(labels)}."
