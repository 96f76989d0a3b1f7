"""The service's migrations, applied by a tool."""

import io
from pathlib import Path
from typing import TextIO

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from app.core.db.revisions import pending_migrations, read_scripts
from migrations.branches import require_complete
from migrations.retiring import RetiredTablesInUse

__all__ = ["CommandError", "RetiredTablesInUse", "has_run_all", "migrate"]

SERVICE_ROOT = Path(__file__).parents[1]


def has_run_all(current: set[str]) -> bool:
    """Return whether a database has run every migration of the code, and no other one.

    Args:
        current: The rows of its table `alembic_version`.

    Raises:
        CommandError: A migration that others need is missing.
    """
    scripts = require_complete(read_scripts())
    every = {script.revision for script in scripts.walk_revisions()}
    return current <= every and not pending_migrations(current)


def migrate(url: str, *, output: TextIO | None = None) -> None:
    """Upgrade the database at this address to the newest revision of every branch.

    Args:
        url: The address of the database.
        output: Receives a line for each migration.
    """
    config = Config(SERVICE_ROOT / "alembic.ini", stdout=output or io.StringIO())
    config.attributes["url"] = url
    command.upgrade(config, "heads")
