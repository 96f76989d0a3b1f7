"""Where a cluster lives: its data, locks, log and socket."""

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
SHORT_FOLDER = Path("/tmp")  # noqa: S108 (the shortest there is; we check whose it is)


def open_home(directory: Path, *, account: Account | None) -> Path:
    """Return the folder of our cluster in the directory, created when missing.

    Every user of the machine has an own cluster there, so that work as root and then as oneself
    does not collide. Where the directory cannot be written, or not be reached by the server's
    account, the cluster lives in `/var/tmp`.

    Args:
        directory: Where clusters are to live.
        account: Whom the server runs as, if not as ourselves.

    Raises:
        OSError: Neither place can be written.
    """
    home = directory.absolute() / f"uid-{os.geteuid()}"
    with suppress(PermissionError):
        _make_folders(home)
        if os.access(home, os.W_OK) and (account is None or account.can_reach(home)):
            return home
    home = SHARED_FOLDER / _private_name(directory.resolve())
    make_private(home, mode=0o711 if account else 0o700)
    return home


def choose_socket_folder(home: Path) -> Path:
    """Return the folder of the cluster's socket, which is in its home where an address can be."""
    folder = home / "run"
    short = len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    # PostgreSQL, libpq and URLs give a meaning to commas, colons, quotes and more.
    if short and re.fullmatch(r"[\w./ +-]+", str(folder), re.ASCII):
        return folder
    return SHORT_FOLDER / _private_name(home)


def make_private(folder: Path, *, mode: int = 0o700, owner: Account | None = None) -> None:
    """Create the folder for us, or for the owner, and refuse one that somebody else made.

    Raises:
        PostgresUnavailable: The folder belongs to somebody else.
    """
    folder.mkdir(mode=mode, exist_ok=True)
    status = folder.lstat()
    allowed = {os.geteuid(), owner.uid if owner else os.geteuid()}
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in allowed:
        raise PostgresUnavailable(f"{folder} belongs to somebody else: remove it, and try again.")
    folder.chmod(mode)
    if owner:
        os.chown(folder, owner.uid, owner.gid)


def _private_name(path: Path) -> str:
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return f"dev-postgres-{os.geteuid()}-{digest}"


def _make_folders(home: Path) -> None:
    missing = [path for path in (home, *home.parents) if not path.exists()]
    if not missing:
        return
    above = missing[-1].parent.stat()
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        if os.geteuid() != 0:
            continue
        path.chmod(0o755)
        if path != home:  # The project's owner comes back without root's rights.
            os.chown(path, above.st_uid, above.st_gid)
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)
