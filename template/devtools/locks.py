"""Advisory locks on files. The kernel releases a lock when its last holder ends."""

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl


def open_lock(path: Path) -> int:
    """Return a descriptor of the lock file, which is created if it is missing."""
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)


def lock_shared(lock: int) -> None:
    """Acquire the lock together with others; wait while it is held exclusively."""
    fcntl.flock(lock, fcntl.LOCK_SH)


def lock_exclusive(lock: int) -> None:
    """Acquire the lock alone; wait while it is held at all."""
    fcntl.flock(lock, fcntl.LOCK_EX)


def try_lock_exclusive(lock: int) -> bool:
    """Acquire the lock alone without waiting, and return whether that succeeded."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(lock: int) -> None:
    """Release the lock."""
    fcntl.flock(lock, fcntl.LOCK_UN)


def is_locked(path: Path) -> bool:
    """Return whether any process holds the lock of this file."""
    lock = open_lock(path)
    try:
        return not try_lock_exclusive(lock)
    finally:
        os.close(lock)
