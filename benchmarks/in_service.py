"""Runs of a benchmark in a generated service, with its embedded servers."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from scripts.commands import temporary_folder
from scripts.rendering import generate_service, service_environment


def measure_in_service(
    program: Path, *, answers: Mapping[str, object], settings: Mapping[str, str] | None = None
) -> None:
    """Generate a service, install it, and run a program in its environment.

    Args:
        program: A Python file that imports the service's `app`, and prints its figures.
        answers: Answers by question; the rest are the defaults.
        settings: Environment variables that the service needs.
    """
    with temporary_folder() as scratch:
        service = scratch / "service"
        generate_service(service, answers=answers)
        environment = {
            **service_environment(),
            "LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(service),
            "RATE_LIMIT": "off",
            **(settings or {}),
        }
        setup = ["make", "--silent", "setup"]
        subprocess.run(setup, cwd=service, env=environment, check=True)
        python = str(service / ".venv" / "bin" / "python")
        command = [python, "-m", "devtools.with_database", "--with-servers", python, str(program)]
        subprocess.run(command, cwd=service, env=environment, check=True)
