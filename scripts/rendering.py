"""Generation of a service from this checkout, and the environment for its commands."""

import os
import warnings
from collections.abc import Mapping
from pathlib import Path

import copier
from copier.errors import DirtyLocalWarning

ROOT = Path(__file__).resolve().parent.parent

# Variables that a new terminal would not have: this program's environment, make's options, and
# settings that could refer to a real database.
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
    """Render the template, uncommitted changes included.

    Args:
        destination: The folder to create; it may exist if it is empty.
        template: A folder with a `copier.yml`.
        answers: Answers by question; the rest are the defaults.
    """
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DirtyLocalWarning
        )  # Uncommitted changes are rendered on purpose.
        copier.run_copy(
            str(template),
            destination,
            data=dict(answers or {}),
            defaults=True,
            quiet=True,
            vcs_ref="HEAD",
        )


def service_environment() -> dict[str, str]:
    """Return the environment of a new terminal with `uv` on its PATH."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in _NOT_INHERITED and not key.startswith("PYTEST_")
    }
    # `uv run`, which starts this program, sets UV; uv need not be on the PATH.
    if uv := os.environ.get("UV"):
        environment["PATH"] = f"{Path(uv).parent}{os.pathsep}{environment['PATH']}"
    return environment
