"""The review command in a generated service, as its users run it."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.rendering import service_environment


@dataclass(frozen=True)
class CommandResult:
    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The report, if the format was JSON."""
        return json.loads(self.stdout)


@dataclass(frozen=True)
class ReviewedService:
    """The folder of a service, and a Python that has its packages."""

    folder: Path
    python: Path

    def run(self, code: str, *, environment: Mapping[str, str] | None = None) -> str:
        """Run Python code in the service, and return its output."""
        command = [self.python, "-c", code]
        return subprocess.check_output(command, cwd=self.folder, env=environment, encoding="utf-8")

    def review(self, *arguments: str, **environment: str) -> CommandResult:
        """Run `python -m conventions` in the service."""
        result = subprocess.run(
            [self.python, "-m", "conventions", *arguments],
            cwd=self.folder,
            env=service_environment() | environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return CommandResult(result.returncode, result.stdout, result.stderr)

    def write(self, path: str, text: str) -> None:
        """Write a file, and create its folders."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def places(result: CommandResult) -> list[tuple[str, int, str]]:
    """Return path, line and rule of each finding in a JSON report."""
    return [(each["path"], each["line"], each["rule"]) for each in result.document["findings"]]
