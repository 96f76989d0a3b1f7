"""Ruff and pyrefly, started before the rules so that they run at the same time."""

import json
import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

from conventions.configuration import ConfigurationError

ROOT = Path(__file__).parents[1]


def find_program(name: str) -> str:
    """Return the path of a program: in this environment, else on the PATH.

    Raises:
        ConfigurationError: It is not installed.
    """
    environment = str(Path(sys.executable).parent)
    if program := shutil.which(name, path=environment) or shutil.which(name):
        return program
    raise ConfigurationError(f"{name} is not installed; run `make setup`")


class Tools:
    """The findings of ruff and pyrefly, awaited when they are first read.

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
        """The findings of `ruff check`."""
        return _output_of(self._ruff)

    @cached_property
    def pyrefly(self) -> list[dict[str, Any]]:
        """The findings of `pyrefly check`."""
        return _output_of(self._pyrefly)["errors"]

    def stop(self) -> None:
        """Kill the tools that are still running."""
        for process in (self._ruff, self._pyrefly):
            if process.poll() is None:
                process.kill()
                process.communicate()

    def _start(self, name: str, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [find_program(name), *arguments],
            cwd=self._root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def _output_of(process: "subprocess.Popen[str]") -> Any:  # noqa: ANN401 - JSON
    output, errors = process.communicate()
    try:
        return json.loads(output)
    except ValueError as error:
        message = f"`{process.args}` failed: {errors.strip() or output}"
        raise ConfigurationError(message) from error
