"""Ruff, pyrefly and squawk: each runs once for the same files, whichever command needs it.

Ruff and pyrefly are started before the rules, so that they run at the same time. The output of a
tool is kept in `.data/tools/`, with a digest of everything that it read: `make check`, `make
review` and `make verify` share it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from conventions.configuration import ConfigurationError

ROOT = Path(__file__).parents[1]
_KEPT = ".data/tools"
_READ = (".py", ".pyi", ".toml", ".ipynb")
Output = list[dict[str, Any]]


def find_program(name: str) -> str:
    """Return the path of a program: in this environment, else on the PATH.

    Raises:
        ConfigurationError: It is not installed.
    """
    environment = str(Path(sys.executable).parent)
    if program := shutil.which(name, path=environment) or shutil.which(name):
        return program
    message = f"{name} is not installed; run `make setup`"
    raise ConfigurationError(message)


class Tools:
    """The findings of the tools, awaited when they are first read.

    Args:
        root: The service's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        state = _state_of(root)
        ruff = ("check", "--output-format", "json", "--exit-zero", ".")
        interpreter = ("--python-interpreter-path", sys.executable)
        pyrefly = ("check", "--output-format", "json", "--summary=none", *interpreter)
        self._ruff = _Run(root, "ruff", *ruff, state=state)
        self._pyrefly = _Run(root, "pyrefly", *pyrefly, state=state)

    @cached_property
    def ruff(self) -> Output:
        """The findings of `ruff check`."""
        found: Output = self._ruff.result()
        return found

    @cached_property
    def pyrefly(self) -> Output:
        """The findings of `pyrefly check`."""
        found: Output = self._pyrefly.result()["errors"]
        return found

    def squawk(self, files: Mapping[str, str]) -> Output:
        """Return the findings of squawk, each with the name of its file.

        Args:
            files: The SQL of each file, by its name.
        """
        if not files:
            return []
        settings = self._root / ".squawk.toml"
        parts = [*sorted(files.items()), settings.read_text("utf-8") if settings.exists() else ""]
        with TemporaryDirectory(prefix="migrations-") as folder:
            for name, sql in files.items():
                Path(folder, name).write_text(sql, "utf-8")
            paths = [str(Path(folder, name)) for name in files]
            run = _Run(
                self._root, "squawk", "--reporter", "json", *paths, state=_digest(map(repr, parts))
            )
            found: Output = run.result()
        return [{**each, "file": Path(each["file"]).name} for each in found]

    def stop(self) -> None:
        """Kill the tools that are still running."""
        for run in (self._ruff, self._pyrefly):
            run.stop()


class _Run:
    """A run of a tool, or its kept output for the same state."""

    def __init__(self, root: Path, name: str, *arguments: str, state: str) -> None:
        self._kept = root / _KEPT / f"{name}.json"
        self._state = state
        self._output = self._read()
        self._process: subprocess.Popen[str] | None = None
        if self._output is None:
            self._process = subprocess.Popen(
                [find_program(name), *arguments],
                cwd=root,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

    def result(self) -> Any:  # noqa: ANN401 - JSON
        """Wait for the output, and keep it.

        Raises:
            ConfigurationError: The tool failed.
        """
        if self._process and self._output is None:
            output, errors = self._process.communicate()
            try:
                self._output = json.loads(output)
            except ValueError as error:
                message = f"`{self._process.args}` failed: {errors.strip() or output}"
                raise ConfigurationError(message) from error
            self._keep()
        return self._output

    def stop(self) -> None:
        """Kill the tool if it still runs."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def _read(self) -> Any:  # noqa: ANN401 - JSON
        try:
            kept = json.loads(self._kept.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return kept["output"] if kept.get("state") == self._state else None

    def _keep(self) -> None:
        text = json.dumps({"state": self._state, "output": self._output})
        new = self._kept.with_suffix(f".{os.getpid()}")
        with suppress(OSError):  # without the file, the next command runs the tool again
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(text, "utf-8")
            new.replace(self._kept)


def _state_of(root: Path) -> str:
    """Return a digest of everything that ruff and pyrefly read: files and installed packages."""
    packages = sorted(str(getattr(one, "_path", one.name)) for one in distributions())
    return _digest([str(root), sys.version, *packages, *_files_of(root)])


def _files_of(root: Path) -> Iterable[str]:
    """Yield the path and the digest of each file that a tool may read."""
    for folder, folders, names in os.walk(root):
        if "pyvenv.cfg" in names:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        for name in sorted(names):
            path = Path(folder, name)
            if name.endswith(_READ) and path.is_file():
                yield f"{path}\0{sha256(path.read_bytes()).hexdigest()}"


def _digest(parts: Iterable[str]) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()
