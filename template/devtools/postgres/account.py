"""The account that the server runs as, because PostgreSQL refuses to run as root."""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from devtools.postgres.errors import PostgresUnavailable

if sys.platform != "win32":
    import pwd

UNPRIVILEGED_NAMES = ("postgres", "_postgres", "nobody")


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account of this machine."""

    name: str
    uid: int
    gid: int

    def can_reach(self, path: Path) -> bool:
        """Return whether the account may enter every directory of a path, and use its target."""
        real = path.resolve()
        return all(self._has_execute(place.stat()) for place in (real, *real.parents))

    def _has_execute(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def find_server_account() -> Account | None:
    """Return the account to run the server as, or `None` for the one of this process.

    Raises:
        PostgresUnavailable: This process is root, and the machine has no unprivileged account.
    """
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_NAMES:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=found.pw_uid, gid=found.pw_gid)
    raise PostgresUnavailable(
        f"PostgreSQL does not run as root, and none of the accounts "
        f"{', '.join(UNPRIVILEGED_NAMES)} exists. Add one, or set DATABASE_URL."
    )
