"""Write the rows of a module's tables to files, before the tables are dropped.

    python -m devtools.updating.exports NAME [--to FOLDER]

Each table becomes a CSV file that `COPY … FROM` reads again (a NULL is empty, an empty string is in
quotes); `manifest.json` has their rows and checksums. Works on any database: set DATABASE_URL.
"""

import argparse
import asyncio
import hashlib
import json
import shutil
import sys
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from devtools.updating.databases import open_database
from devtools.updating.errors import UpdateError
from migrations.branches import scripts_of, tables_created_by
from migrations.retiring import all_scripts

SERVICE_ROOT = Path(__file__).parents[2]
FOLDER = SERVICE_ROOT / ".data" / "exports"
MANIFEST = "manifest.json"
TABLES_THERE = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


def tables_of(labels: Iterable[str]) -> set[str]:
    """Return the tables that the migrations of these branches make, retired ones included."""
    scripts = all_scripts()
    return {table for label in labels for table in tables_created_by(scripts_of(scripts, label))}


def default_folder(name: str) -> Path:
    """Return where an export goes when nobody says: a new folder for each."""
    return FOLDER / f"{name}-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"


@dataclass(frozen=True)
class Exported:
    """What the manifest says of one table."""

    file: str
    rows: int
    sha256: str


async def export_tables(tables: Collection[str], folder: Path) -> dict[str, int]:
    """Write the tables as they are at one moment; those that the database has not are left out.

    Args:
        tables: Their names.
        folder: Where to; it must not exist, and is there only when all of it is.

    Returns:
        The number of rows, by table.

    Raises:
        UpdateError: The database cannot be reached or read, or the folder cannot be written.
    """
    try:
        unfinished = _begin(folder)
        async with open_database() as connection:
            exported = await _export(connection, tables, unfinished)
        unfinished.rename(folder)
    except (OSError, asyncpg.PostgresError) as error:
        raise UpdateError(f"The rows could not be exported to {folder}: {error}") from error
    return {name: table.rows for name, table in exported.items()}


def _begin(folder: Path) -> Path:
    if folder.exists():
        raise UpdateError(f"{folder} is there already: name a folder to make.")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)  # nobody else may read the rows
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


def main() -> None:
    """Read the command line, export, say what was written."""
    parser = argparse.ArgumentParser(
        prog="python -m devtools.updating.exports",
        description="Write the rows of a module's tables to files.",
    )
    parser.add_argument("name", help="the module's name, which is that of its migrations' folder")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="a folder to make")
    options = parser.parse_args()
    if not (tables := tables_of([options.name])):
        sys.exit(f"No migration makes a table for {options.name!r}.")
    folder = options.to or default_folder(options.name)
    try:
        rows = asyncio.run(export_tables(tables, folder))
    except UpdateError as error:
        sys.exit(str(error))
    for name, count in rows.items():
        print(f"{name}: {count} rows")
    print(f"Wrote {folder}")


if __name__ == "__main__":
    main()
