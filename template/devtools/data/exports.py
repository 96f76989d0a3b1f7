"""Write the rows of a module's tables to files, before the tables are dropped.

Each table becomes a CSV file that `COPY … FROM` reads (NULL is empty, an empty string is quoted);
`manifest.json` has the numbers of rows and the checksums. Git ignores the folder, wherever it is.
DATABASE_URL chooses the database.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from devtools.data import DataError
from devtools.data.database import open_database
from migrations.branches import scripts_of, tables_created_by
from migrations.retiring import all_scripts

SERVICE_ROOT = Path(__file__).parents[2]
FOLDER = SERVICE_ROOT / ".data" / "exports"
MANIFEST = "manifest.json"
TABLES_THERE = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


def tables_of(labels: Iterable[str]) -> set[str]:
    """Return the tables that the migrations of these branches create, retired ones included."""
    scripts = all_scripts()
    return {table for label in labels for table in tables_created_by(scripts_of(scripts, label))}


def default_folder(name: str) -> Path:
    """Return the default folder of an export, a new one each time."""
    return FOLDER / f"{name}-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"


@dataclass(frozen=True)
class Exported:
    """The entry of one table in the manifest."""

    file: str
    rows: int
    sha256: str


async def export_tables(tables: Collection[str], folder: Path) -> dict[str, int]:
    """Write a snapshot of the tables to files, without those that the database lacks.

    Args:
        tables: Their names.
        folder: The folder to create; it appears when the export is complete.

    Returns:
        The number of rows, by table.

    Raises:
        DataError: The database cannot be reached or read, or the folder cannot be written.
    """
    try:
        unfinished = _begin(folder)
        async with open_database() as connection:
            exported = await _export(connection, tables, unfinished)
        unfinished.rename(folder)
    except (OSError, asyncpg.PostgresError) as error:
        raise DataError(f"The rows could not be exported to {folder}: {error}") from error
    return {name: table.rows for name, table in exported.items()}


def _begin(folder: Path) -> Path:
    if folder.exists():
        raise DataError(f"{folder} already exists. Give the name of a new folder.")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)  # only this user may read the rows
    (unfinished / ".gitignore").write_text("*\n", encoding="utf-8")
    return unfinished


async def _export(
    connection: asyncpg.Connection, tables: Collection[str], folder: Path
) -> dict[str, Exported]:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        there = {str(row["tablename"]) for row in await connection.fetch(TABLES_THERE)}
        exported = {
            name: await _export_table(connection, name, folder)
            for name in sorted(there.intersection(tables))
        }
        manifest = {
            "database": await connection.fetchval("SELECT current_database()"),
            "notice": "These files contain personal data.",
            "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "tables": {name: asdict(table) for name, table in exported.items()},
        }
    text = json.dumps(manifest, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return exported


async def _export_table(connection: asyncpg.Connection, name: str, folder: Path) -> Exported:
    path = folder / f"{name}.csv"
    done = await connection.copy_from_table(name, output=path, format="csv", header=True)
    with path.open("rb") as content:
        checksum = hashlib.file_digest(content, "sha256").hexdigest()
    return Exported(path.name, int(str(done).removeprefix("COPY ")), checksum)
