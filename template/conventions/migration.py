"""Migrations as rules read them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from conventions.source import Function, Source


@dataclass(frozen=True, kw_only=True, eq=False)
class Migration:
    """A revision.

    Attributes:
        source: Its file.
        script: Alembic's view of it.
    """

    source: Source
    script: Script

    @property
    def upgrade(self) -> Function | None:
        """The function that changes the database."""
        return self._function("upgrade")

    @property
    def downgrade(self) -> Function | None:
        """The function that reverts it."""
        return self._function("downgrade")

    def _function(self, name: str) -> Function | None:
        return next((node for node in self.source.functions() if node.name == name), None)


def read_migrations(root: Path, find_source: Callable[[str], Source | None]) -> Iterator[Migration]:
    """Yield every migration, each after those that it depends on.

    Args:
        root: The service's folder.
        find_source: Returns a file of the service by its absolute path.
    """
    config = Config(root / "alembic.ini")
    config.file_config.set("DEFAULT", "here", root.as_posix().replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    for script in reversed(list(scripts.walk_revisions())):
        if source := find_source(script.path):
            yield Migration(source=source, script=script)
