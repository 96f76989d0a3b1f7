"""The user's own formatting of Python files, by ruff with the service's settings."""

import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from plumbline.updating.git import environment


@dataclass(frozen=True)
class Formatter:
    """The service's ruff, in its virtual environment; without one, nothing is formatted.

    Attributes:
        folder: The service's folder.
    """

    folder: Path

    def format(self, path: str, content: bytes) -> bytes | None:
        """Return the content of a file as ruff formats it; none if it cannot.

        Args:
            path: The file's path in the service, which chooses the settings.
            content: Its content.
        """
        if self._ruff is None:
            return None
        done = subprocess.run(
            [str(self._ruff), "format", "--no-cache", "--stdin-filename", path, "-"],
            cwd=self.folder,
            env=environment(),
            input=content,
            capture_output=True,
            check=False,
        )
        return done.stdout if done.returncode == 0 else None

    @cached_property
    def _ruff(self) -> Path | None:
        places = os.environ.get("UV_PROJECT_ENVIRONMENT", ".venv")
        found = self.folder / places / "bin/ruff"
        return found if found.is_file() else None
