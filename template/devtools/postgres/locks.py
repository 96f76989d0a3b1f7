"""Advisory locks on files, which the kernel releases when their last holder ends."""

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl


def open_lock(path: Path) -> int:
    """Return a descriptor of the lock file, which is created when missing."""
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)


def lock_shared(lock: int) -> None:
    """Hold the lock together with others, once nobody holds it exclusively."""
    fcntl.flock(lock, fcntl.LOCK_SH)


def lock_exclusive(lock: int) -> None:
    """Hold the lock alone, once nobody else holds it."""
    fcntl.flock(lock, fcntl.LOCK_EX)


def try_lock_exclusive(lock: int) -> bool:
    """Hold the lock alone if nobody else holds it; tell whether that was so."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(lock: int) -> None:
    """Let others have the lock."""
    fcntl.flock(lock, fcntl.LOCK_UN)


def is_locked(path: Path) -> bool:
    """Tell whether any process holds the lock of this file."""
    lock = open_lock(path)
    try:
        return not try_lock_exclusive(lock)
    finally:
        os.close(lock)
