"""The checks of a service after an update, with its own packages."""

import os
import shutil
import subprocess
from pathlib import Path

from plumbline.errors import Unfinished
from plumbline.updating.git import environment

_IMPORTING = Path(__file__).with_name("importing.py")
# Of the command that started this one.
_NOT_INHERITED = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "VIRTUAL_ENV")


def check_service(folder: Path) -> None:
    """Lock and install the packages, import every module, and run the service's checks.

    Args:
        folder: The service's folder.

    Raises:
        Unfinished: One of them failed.
    """
    uv = find_uv(folder)
    importing = _IMPORTING.read_text("utf-8")
    steps = {
        "Lock and install packages": [uv, "sync"],
        "Import every module": [uv, "run", "--no-sync", "python", "-c", importing],
        "make check": [os.environ.get("MAKE", "make"), "check"],
    }
    for title, command in steps.items():
        print(f"--- {title}", flush=True)
        done = subprocess.run(command, cwd=folder, env=service_environment(), check=False)
        if done.returncode != 0:
            raise Unfinished(
                f"{title}: failed, see above. The update is in your files; fix the problem, "
                "then run `make update-finish`."
            )


def find_uv(folder: Path) -> str:
    """Return the uv that started this program, the one on the PATH, or the one of make."""
    return os.environ.get("UV") or shutil.which("uv") or str(folder / ".tools/bin/uv")


def service_environment() -> dict[str, str]:
    """Return an environment for the service's own commands."""
    return {name: value for name, value in environment().items() if name not in _NOT_INHERITED}
