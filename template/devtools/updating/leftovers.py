"""The leftovers of a toggle that is switched off: tables, rows, jobs, settings, code."""

import ast
import importlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from alembic.util import to_tuple

from app.core.db import Base
from app.core.module import Module
from app.features import FEATURES
from app.modules import MODULES
from app.settings import Settings
from devtools.updating.databases import open_database
from devtools.updating.errors import UpdateError
from devtools.updating.exports import TABLES_THERE, tables_of
from migrations.branches import scripts_of
from migrations.retiring import all_scripts

SERVICE_ROOT = Path(__file__).parents[2]
YOURS = ("app/features", "tests/features")
WAITING = "SELECT name, count(*) AS number FROM jobs WHERE state = 'waiting' GROUP BY name"
REFERRING = """
    SELECT conrelid::regclass::text AS source, confrelid::regclass::text AS target
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """The leftovers of modules, and the reasons against their removal.

    Attributes:
        labels: The modules that are removed, which are also the branches of their migrations.
        tables: Their tables.
        settings: The environment variables that are no longer read.
        needed_by: The user's code that needs the modules or their tables, a sentence each.
        depended_on_by: The reasons why the tables cannot be dropped, a sentence each.
    """

    labels: tuple[str, ...]
    tables: frozenset[str]
    settings: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    depended_on_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The leftovers in a database.

    Attributes:
        database: Its name.
        rows: The number of rows by table, of the tables that it has.
        waiting: The number of waiting jobs, by name.
        depended_on_by: The reasons why its tables cannot be dropped, a sentence each.
    """

    database: str
    rows: Mapping[str, int]
    waiting: Mapping[str, int] = field(default_factory=dict)
    depended_on_by: tuple[str, ...] = ()


def find_leftovers(packages: Collection[str]) -> Leftovers:
    """Return the leftovers of packages that are removed.

    Args:
        packages: Packages of modules, such as `app.integrations.example`.
    """
    leaving = [_module_in(package) for package in sorted(packages)]
    labels = tuple(module.name for module in leaving)
    tables = tables_of(labels)
    return Leftovers(
        labels=labels,
        tables=frozenset(tables),
        settings=tuple(_unread_settings(leaving)),
        needed_by=(*_imports_of(packages), *_references_to(tables)),
        depended_on_by=tuple(_migrations_above(labels)),
    )


def find_kept(label: str) -> Leftovers:
    """Return the leftovers of a module that was removed earlier."""
    dependants = tuple(_migrations_above([label]))
    return Leftovers(
        labels=(label,), tables=frozenset(tables_of([label])), depended_on_by=dependants
    )


async def look_into_database(leftovers: Leftovers) -> Contents:
    """Return the leftovers in the configured database.

    Raises:
        UpdateError: It cannot be reached or read.
    """
    async with open_database() as connection:
        try:
            return await _read_contents(connection, leftovers)
        except asyncpg.PostgresError as error:
            raise UpdateError(f"The database cannot be read: {error}") from error


async def _read_contents(connection: asyncpg.Connection, leftovers: Leftovers) -> Contents:
    there = {row["tablename"] for row in await connection.fetch(TABLES_THERE)}
    rows = {name: await _count(connection, name) for name in sorted(leftovers.tables & there)}
    waiting = await connection.fetch(WAITING) if "jobs" in there else []
    own = {job.name for module in MODULES if module.name in leftovers.labels for job in module.jobs}
    foreign_keys = [(row["source"], row["target"]) for row in await connection.fetch(REFERRING)]
    return Contents(
        database=str(await connection.fetchval("SELECT current_database()")),
        rows=rows,
        waiting={
            row["name"]: row["number"]
            for row in waiting
            if row["name"] in own or "jobs" in leftovers.tables
        },
        depended_on_by=tuple(
            f"The table {source} has a foreign key to {target}."
            for source, target in sorted(foreign_keys)
            if target in leftovers.tables and source not in leftovers.tables
        ),
    )


async def _count(connection: asyncpg.Connection, name: str) -> int:
    quoted = '"' + name.replace('"', '""') + '"'
    query = f"SELECT count(*) FROM {quoted}"  # noqa: S608 (a name from our migrations, quoted)
    return int(await connection.fetchval(query) or 0)


def _module_in(package: str) -> Module:
    module: Module = importlib.import_module(f"{package}.module").module
    return module


def _unread_settings(leaving: Collection[Module]) -> Iterator[str]:
    staying = [module for module in (*MODULES, *FEATURES) if module not in leaving]
    read = {name for module in staying for name in _settings_of(module)} | {*Settings.model_fields}
    for module in leaving:
        yield from (name.upper() for name in _settings_of(module) if name not in read)


def _settings_of(module: Module) -> Collection[str]:
    return module.settings.model_fields if module.settings else ()


def _imports_of(packages: Collection[str]) -> Iterator[str]:
    for path in sorted(path for place in YOURS for path in (SERVICE_ROOT / place).rglob("*.py")):
        names = set(_imported_by(ast.parse(path.read_text(encoding="utf-8"))))
        for package in sorted(packages):
            if any(f"{name}.".startswith(f"{package}.") for name in names):
                yield f"{path.relative_to(SERVICE_ROOT)} imports {package}."


def _imported_by(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _references_to(tables: Collection[str]) -> Iterator[str]:
    for table in Base.metadata.sorted_tables:
        targets = {key.column.table.name for key in table.foreign_keys} & set(tables)
        if table.name not in tables and targets:
            yield f"The model of {table.name} has a foreign key to {', '.join(sorted(targets))}."


def _migrations_above(labels: Collection[str]) -> Iterator[str]:
    """Yield the migrations of other branches that depend on one of these."""
    scripts = all_scripts()
    going = {script.revision for label in labels for script in scripts_of(scripts, label)}
    for script in scripts.walk_revisions():
        needed = going.intersection(to_tuple(script.dependencies, default=()))
        if script.revision not in going and needed:
            yield f"{Path(script.path).relative_to(SERVICE_ROOT)} depends on {', '.join(labels)}."


def describe(leftovers: Leftovers, contents: Contents | str) -> str:
    """Return a description of the leftovers.

    Args:
        leftovers: The result of `find_leftovers`.
        contents: The leftovers in the database, or the reason why it cannot be read.
    """
    lines = [f"Modules to remove: {', '.join(leftovers.labels)}."]
    if isinstance(contents, str):
        lines += [f"Rows: {contents}", *(f"  {table}" for table in sorted(leftovers.tables))]
    elif leftovers.tables:
        lines.append(f"Tables, with their rows in the database {contents.database}:")
        rows = {table: contents.rows.get(table, "missing") for table in sorted(leftovers.tables)}
        lines += [f"  {table:32} {number}" for table, number in rows.items()]
        lines += [f"  {name}: {number} waiting" for name, number in contents.waiting.items()]
    if leftovers.settings:
        lines.append(f"Settings that are no longer read: {', '.join(leftovers.settings)}.")
    return "\n".join(lines)
