"""A generated service in a folder of its own, and the commands that run in it."""

import os
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from scripts import commands
from scripts.rendering import generate_service, service_environment

_ORIGIN = re.compile(rb"^_(src_path|commit): .*\n", re.MULTILINE)


def environment() -> dict[str, str]:
    """Return that of a fresh terminal, where pytest uses one core: as many services are tested."""
    return {**service_environment(), "PYTEST_XDIST_AUTO_NUM_WORKERS": "1"}


@dataclass(frozen=True)
class Service:
    folder: Path
    environment: Mapping[str, str] = field(default_factory=environment)

    def run(self, command: str) -> str:
        """Run a line as if it were pasted into a terminal, and return what it printed."""
        shell = ["sh", "-euc", command]
        return commands.run(shell, cwd=self.folder, environment=self.environment)

    def serving(self, command: str) -> AbstractContextManager[commands.Served]:
        """Keep a server running."""
        shell = ["sh", "-euc", command]
        return commands.serving(shell, cwd=self.folder, environment=self.environment)


def make_service(folder: Path, template: Path, **answers: object) -> Service:
    """Generate a service; its environment is made by its own `make setup`."""
    generate_service(folder, template=template, answers=answers)
    return Service(folder)


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file by its path, and every folder (it ends in a slash) with nothing.

    What git keeps, and what Copier says of where the template came from, are left out.
    """
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            found[f"{name}/"] = b""
        else:
            found[name] = _ORIGIN.sub(b"", path.read_bytes())
    return {name: content for name, content in found.items() if not name.startswith(".git/")}


def ruff(*arguments: str, cwd: Path) -> None:
    """Run ruff with the settings that it finds in the folder; fails with what it complains of."""
    commands.run(["ruff", *arguments, "--no-cache"], cwd=cwd, environment=os.environ)
