"""The other tools that check a service, started first: they take as long as the rest."""

import json
import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

from conventions.configuration import ConfigurationError


class Tools:
    """What ruff and pyrefly find in a service, each asked once and waited for when first read.

    Args:
        root: The service's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._ruff = self._start("ruff", "check", "--output-format", "json", "--exit-zero", ".")
        self._pyrefly = self._start(
            *("pyrefly", "check", "--output-format", "json", "--summary=none"),
            *("--python-interpreter-path", sys.executable),
        )

    @cached_property
    def ruff(self) -> list[dict[str, Any]]:
        """What `ruff check` finds."""
        return _answer(self._ruff)

    @cached_property
    def pyrefly(self) -> list[dict[str, Any]]:
        """What `pyrefly check` finds."""
        return _answer(self._pyrefly)["errors"]

    def stop(self) -> None:
        """End what nobody waited for."""
        for process in (self._ruff, self._pyrefly):
            if process.poll() is None:
                process.kill()
                process.communicate()

    def _start(self, name: str, *arguments: str) -> "subprocess.Popen[str]":
        beside = str(Path(sys.executable).parent)
        program = shutil.which(name, path=beside) or shutil.which(name)
        if program is None:
            raise ConfigurationError(f"{name} is not installed; run `make setup`")
        return subprocess.Popen(
            [program, *arguments],
            cwd=self._root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def _answer(process: "subprocess.Popen[str]") -> Any:  # noqa: ANN401 - JSON
    output, complaint = process.communicate()
    try:
        return json.loads(output)
    except ValueError as error:
        message = f"`{process.args}` failed: {complaint.strip() or output}"
        raise ConfigurationError(message) from error
