"""The service's migrations, applied by a tool."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from migrations.branches import require_complete
from migrations.retiring import RetiredTablesInUse

__all__ = ["CommandError", "RetiredTablesInUse", "find_heads", "migrate"]

SERVICE_ROOT = Path(__file__).parents[1]


def find_heads() -> set[str]:
    """Return the newest revision of every branch.

    Raises:
        CommandError: A migration that others need is missing.
    """
    return set(require_complete(ScriptDirectory.from_config(_open_config())).get_heads())


def migrate(url: str) -> None:
    """Upgrade the database at this address to the newest revision of every branch."""
    config = _open_config()
    config.attributes["url"] = url
    command.upgrade(config, "heads")


def _open_config() -> Config:
    return Config(SERVICE_ROOT / "alembic.ini")
