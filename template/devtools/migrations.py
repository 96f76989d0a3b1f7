"""The service's migrations, applied by a tool."""

import io
from pathlib import Path
from typing import TextIO

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from migrations.retiring import RetiredTablesInUse

__all__ = ["CommandError", "RetiredTablesInUse", "migrate"]

SERVICE_ROOT = Path(__file__).parents[1]


def migrate(url: str, *, output: TextIO | None = None) -> None:
    """Upgrade the database at this address to the newest revision of every branch.

    Args:
        url: The address of the database.
        output: Receives a line for each migration.
    """
    config = Config(SERVICE_ROOT / "alembic.ini", stdout=output or io.StringIO())
    config.attributes["url"] = url
    command.upgrade(config, "heads")
