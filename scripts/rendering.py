"""Generates a service from this checkout, and says in which environment its commands run."""

import os
import warnings
from collections.abc import Mapping
from pathlib import Path

import copier
from copier.errors import DirtyLocalWarning

ROOT = Path(__file__).resolve().parent.parent

# What a terminal opened in the service would not have: this program's own environment, make's
# options, and settings that would lead to somebody's database.
_NOT_INHERITED = (
    "DATABASE_URL",
    "ENVIRONMENT",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "MIGRATION_DATABASE_URL",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "UV_PROJECT_ENVIRONMENT",
    "VIRTUAL_ENV",
)


def generate_service(
    destination: Path, *, template: Path = ROOT, answers: Mapping[str, object] | None = None
) -> None:
    """Render the template as it lies, changes that are not committed included.

    Args:
        destination: The folder to make; it may exist when it is empty.
        template: A folder with a `copier.yml`.
        answers: Answers by question; the rest are the defaults.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DirtyLocalWarning)  # What is not committed is wanted.
        copier.run_copy(
            str(template),
            destination,
            data=dict(answers or {}),
            defaults=True,
            quiet=True,
            vcs_ref="HEAD",
        )


def service_environment() -> dict[str, str]:
    """Return the environment of a fresh terminal in which `uv` is found."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in _NOT_INHERITED and not key.startswith("PYTEST_")
    }
    # `uv run`, which starts this program, says where it is; it need not be on the PATH.
    if uv := os.environ.get("UV"):
        environment["PATH"] = f"{Path(uv).parent}{os.pathsep}{environment['PATH']}"
    return environment
