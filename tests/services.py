"""A generated service in a folder of its own, and the commands that run in it."""

import fcntl
import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from scripts import commands
from scripts.rendering import ROOT, generate_service, service_environment

ENVIRONMENTS = "PLUMBLINE_TEST_ENVIRONMENTS"  # The variable that names the folder of the shared.
_INSTALLS = re.compile(r"\bmake setup\b|\buv sync\b")
_ORIGIN = re.compile(rb"^_(src_path|commit): .*\n", re.MULTILINE)


def environment() -> dict[str, str]:
    """Return the variables of a new terminal, for the program of this checkout.

    Pytest uses one core: services run in parallel.
    """
    own = {"PYTEST_XDIST_AUTO_NUM_WORKERS": "1", "PLUMBLINE_FROM": str(ROOT)}
    return {**service_environment(), **own}


@dataclass(frozen=True)
class Service:
    folder: Path
    environment: Mapping[str, str] = field(default_factory=environment)

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return Path(
            self.environment.get("UV_PROJECT_ENVIRONMENT", self.folder / ".venv"), "bin/python"
        )

    def run(self, command: str) -> str:
        """Run a line as if it were pasted into a terminal, and return its output."""
        shell = ["sh", "-euc", command]
        with self._installing_alone() if _INSTALLS.search(command) else nullcontext():
            return commands.run(shell, cwd=self.folder, environment=self.environment)

    @contextmanager
    def _installing_alone(self) -> Iterator[None]:
        """Let one process at a time install packages into an environment that services share."""
        shared = self.environment.get("UV_PROJECT_ENVIRONMENT")
        with Path(f"{shared}.lock" if shared else os.devnull).open("w") as file:
            if shared:
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def serving(self, command: str) -> AbstractContextManager[commands.Served]:
        """Keep a server running."""
        shell = ["sh", "-euc", command]
        return commands.serving(shell, cwd=self.folder, environment=self.environment)

    def sharing_packages(self, purpose: str = "development") -> "Service":
        """Return the same service with an environment that it shares.

        Services with the same dependencies share one, so a package that a service does not declare
        is still missing in it.

        Args:
            purpose: Keeps apart environments in which different groups are installed.
        """
        project = tomllib.loads((self.folder / "pyproject.toml").read_text("utf-8"))
        declared = [project["project"]["dependencies"], project["dependency-groups"]]
        installed = json.dumps([purpose, self.environment.get("UV_PYTHON"), declared])
        name = hashlib.sha256(installed.encode()).hexdigest()[:16]
        path = str(Path(os.environ[ENVIRONMENTS], name))
        return Service(self.folder, {**self.environment, "UV_PROJECT_ENVIRONMENT": path})


def make_service(folder: Path, template: Path, **answers: object) -> Service:
    """Generate a service; its own `make setup` creates its environment."""
    generate_service(folder, template=template, answers=answers)
    return Service(folder)


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of every file by its path; a folder's path ends in a slash.

    Git's own files and the lines in which Copier records the origin of the template are left out.
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
    """Run ruff with the settings that apply in the folder; fail with its findings."""
    commands.run(["ruff", *arguments, "--no-cache"], cwd=cwd, environment=os.environ)
