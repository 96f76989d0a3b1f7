"""The review command, run in a generated service as its user runs it."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.rendering import service_environment


@dataclass(frozen=True)
class Answer:
    status: int
    output: str
    complaint: str

    @property
    def document(self) -> dict[str, Any]:
        """The report, where it was asked for as JSON."""
        return json.loads(self.output)


@dataclass(frozen=True)
class Reviewed:
    """A folder with a service, and the Python that has its packages."""

    folder: Path
    python: Path

    def run(self, code: str, *, environment: Mapping[str, str] | None = None) -> str:
        """Run some Python in the service, and return what it printed."""
        command = [self.python, "-c", code]
        return subprocess.check_output(command, cwd=self.folder, env=environment, encoding="utf-8")

    def review(self, *arguments: str, **environment: str) -> Answer:
        """Run `python -m conventions` in the service."""
        done = subprocess.run(
            [self.python, "-m", "conventions", *arguments],
            cwd=self.folder,
            env=service_environment() | environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def write(self, path: str, text: str) -> None:
        """Write a file, its folders too."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def places(answer: Answer) -> list[tuple[str, int, str]]:
    """Return path, line and rule of each finding of a report in JSON."""
    return [(each["path"], each["line"], each["rule"]) for each in answer.document["findings"]]
