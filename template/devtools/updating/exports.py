"""Write the rows of a module's tables to files, before the tables are dropped.

    python -m devtools.updating.exports NAME [--to FOLDER]

Each table becomes a CSV file that `COPY … FROM` reads again (a NULL is empty, an empty string is in
quotes); `manifest.json` has their rows and checksums. Works on any database: set DATABASE_URL.
"""

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from alembic.config import Config
from alembic.script import ScriptDirectory

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
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    try:
        unfinished.mkdir(mode=0o700, parents=True)
        async with open_database() as connection:
            manifest = await _export(connection, tables, unfinished)
        text = json.dumps(manifest, indent=2) + "\n"
        (unfinished / MANIFEST).write_text(text, encoding="utf-8")
        unfinished.rename(folder)
    except (OSError, asyncpg.PostgresError) as error:
        raise UpdateError(f"The rows could not be exported to {folder}: {error}") from error
    return {name: entry["rows"] for name, entry in manifest["tables"].items()}
