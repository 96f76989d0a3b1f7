"""Read an export of `devtools.data.exports` back into the database."""

import csv
import hashlib
import json
from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import asyncpg

from devtools.data import DataError
from devtools.data.database import FOREIGN_KEYS, open_database
from devtools.data.exports import MANIFEST, TABLES_THERE

COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
"""
# A row that was imported must not be given out by the sequence again.
SEQUENCES = """
    SELECT attname, pg_get_serial_sequence($1, attname) AS sequence FROM pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
        AND pg_get_serial_sequence($1, attname) IS NOT NULL
"""


async def import_tables(folder: Path) -> dict[str, int]:
    """Import the rows of an export in one transaction.

    Columns are matched by the files' headers: a column that the table has gained since gets its
    default.

    Args:
        folder: The folder of an export.

    Returns:
        The number of rows, by table.

    Raises:
        DataError: The export is damaged, a table or a column of it is missing in the database, a
            table already has rows, or the database refuses a row.
    """
    rows = read_manifest(folder)
    async with open_database() as connection:
        try:
            async with connection.transaction():
                order = await _order(connection, rows)
                headers = {name: await _check_table(connection, folder, name) for name in order}
                for name in order:
                    path = folder / f"{name}.csv"
                    await _import_table(connection, path, name, headers[name], rows=rows[name])
        except OSError as error:
            raise DataError(f"Nothing was imported: {error}") from error
        except asyncpg.PostgresError as error:
            detail = f" {error.detail}" if getattr(error, "detail", None) else ""
            raise DataError(
                f"Nothing was imported. The database refuses: {error}{detail}"
            ) from error
    return rows


def read_manifest(folder: Path) -> dict[str, int]:
    """Return the number of rows by table, after a check of the files.

    Args:
        folder: The folder of an export.

    Raises:
        DataError: It is no export, or a file is missing or changed.
    """
    try:
        tables = json.loads((folder / MANIFEST).read_text("utf-8"))["tables"]
        for name, table in tables.items():
            with (folder / f"{name}.csv").open("rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() != table["sha256"]:
                    raise DataError(
                        f"{name}.csv has changed since the export: nothing is imported."
                    )
        return {name: int(table["rows"]) for name, table in tables.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{folder} is not a complete export: {error}") from error


async def _order(connection: asyncpg.Connection, tables: Collection[str]) -> list[str]:
    """Return the tables so that each follows those that its foreign keys refer to."""
    existing = {str(row["tablename"]) for row in await connection.fetch(TABLES_THERE)}
    if missing := sorted({*tables} - existing):
        raise DataError(
            f"The database has no table {', '.join(missing)}. Switch the module on, and run "
            "`make migrate` first."
        )
    needed: dict[str, set[str]] = {name: set() for name in sorted(tables)}
    for row in await connection.fetch(FOREIGN_KEYS):
        source, target = str(row["source"]), str(row["target"])
        if source in needed and target in needed and source != target:
            needed[source].add(target)
    try:
        return list(TopologicalSorter(needed).static_order())
    except CycleError as error:
        names = ", ".join(error.args[1])
        raise DataError(
            f"The foreign keys of {names} form a circle: import them by hand."
        ) from error


async def _check_table(connection: asyncpg.Connection, folder: Path, name: str) -> list[str]:
    """Return the columns of a table's file, all of which the table has."""
    quoted = _quote(name)
    # Locked against inserts, so that it stays empty until the import.
    await connection.execute(f"LOCK TABLE {quoted} IN SHARE ROW EXCLUSIVE MODE")
    if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {quoted})"):  # noqa: S608 (quoted)
        raise DataError(f"Nothing was imported: the table {name} already has rows.")
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    columns = {str(row["attname"]) for row in await connection.fetch(COLUMNS, quoted)}
    if missing := [column for column in header if column not in columns]:
        raise DataError(
            f"Nothing was imported: the table {name} has no column {', '.join(missing)} any more. "
            f"Import {name}.csv by hand into a table that has it, and move the rows from there."
        )
    return header


async def _import_table(
    connection: asyncpg.Connection, path: Path, name: str, header: list[str], *, rows: int
) -> None:
    done = await connection.copy_to_table(
        name, source=path, columns=header, format="csv", header=True
    )
    if done != f"COPY {rows}":  # A trigger can leave out rows.
        raise DataError(f"Nothing was imported: {name} has {rows} rows, the database took {done}.")
    table = _quote(name)
    for row in await connection.fetch(SEQUENCES, table):
        highest = f"SELECT max({_quote(row['attname'])}) FROM {table}"  # noqa: S608 (quoted)
        await connection.execute(f"SELECT setval($1, ({highest}))", row["sequence"])


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
