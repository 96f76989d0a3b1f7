"""The folder of a cluster, which holds its data, its locks, its log and mostly its socket."""

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from devtools.postgres.account import Account
from devtools.postgres.binaries import SHARED_FOLDER
from devtools.postgres.errors import PostgresUnavailable

# The kernel's limit is 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET_PATH = 100
SOCKET_NAME = ".s.PGSQL.5432"
SHORT_FOLDER = Path("/tmp")  # noqa: S108 (the shortest path; its owner is checked)


def open_data_dir(directory: Path, *, account: Account | None) -> Path:
    """Return the folder of this user's cluster in a directory, created if it is missing.

    Every user of the machine has a cluster of their own, so that root and another user can work
    in one checkout. If the directory cannot be written, or the server's account cannot reach it,
    the cluster is in `/var/tmp`.

    Args:
        directory: The directory for clusters.
        account: The account that the server runs as, if not this process's own.

    Raises:
        OSError: Neither place can be written.
    """
    data_dir = directory.absolute() / f"uid-{os.geteuid()}"
    with suppress(PermissionError):
        _make_folders(data_dir)
        if os.access(data_dir, os.W_OK) and (account is None or account.can_reach(data_dir)):
            return data_dir
    data_dir = SHARED_FOLDER / _private_name(directory.resolve())
    make_private(data_dir, mode=0o711 if account else 0o700)
    return data_dir


def choose_socket_folder(data_dir: Path) -> Path:
    """Return the folder of the cluster's socket: in `data_dir`, if its path allows."""
    folder = data_dir / "run"
    short = len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    # PostgreSQL, libpq and URLs give a meaning to commas, colons, quotes and more.
    if short and re.fullmatch(r"[\w./ +-]+", str(folder), re.ASCII):
        return folder
    return SHORT_FOLDER / _private_name(data_dir)


def make_private(folder: Path, *, mode: int = 0o700, owner: Account | None = None) -> None:
    """Create a private folder, and refuse one that another user has created.

    Args:
        folder: The folder to create, if it is missing.
        mode: Its permissions.
        owner: Its owner, if not the user of this process.

    Raises:
        PostgresUnavailable: The folder belongs to another user.
    """
    folder.mkdir(mode=mode, exist_ok=True)
    status = folder.lstat()
    allowed = {os.geteuid(), owner.uid if owner else os.geteuid()}
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in allowed:
        raise PostgresUnavailable(f"{folder} belongs to another user: remove it, and retry.")
    folder.chmod(mode)
    if owner:
        os.chown(folder, owner.uid, owner.gid)


def _private_name(path: Path) -> str:
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return f"dev-postgres-{os.geteuid()}-{digest}"


def _make_folders(data_dir: Path) -> None:
    missing = [path for path in (data_dir, *data_dir.parents) if not path.exists()]
    if not missing:
        return
    above = missing[-1].parent.stat()
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        if os.geteuid() != 0:
            continue
        path.chmod(0o755)
        if path != data_dir:  # The project's owner may work here later, without root's rights.
            os.chown(path, above.st_uid, above.st_gid)
    data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
