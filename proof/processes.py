"""Processes that a proof starts, kills, pauses and starts again."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

SECONDS_TO_START = 60
SECONDS_TO_STOP = 60
POLL_SECONDS = 0.02
SET_CHILD_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER in <linux/prctl.h>
RESOURCE_TRACKER = b"resource_tracker"  # a helper of Python's multiprocessing


class ProcessFailed(Exception):
    """A process did not start or stop; the message ends with its output."""


@dataclass
class Process:
    """A program with all the processes that it starts.

    Attributes:
        name: Its name in messages.
        command: Its command line.
        cwd: Its working directory.
        environment: Its variables.
        log: The file for its output, which every start appends to.
        prints: The text that it prints when it is ready.
        url: The address that responds when it is ready.
    """

    name: str
    command: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]
    log: Path
    prints: bytes = b""
    url: str = ""
    _running: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """The id of the process that was started, the root of the tree."""
        return self._process.pid

    def start(self) -> None:
        """Start the program, and return once it is ready.

        Raises:
            ProcessFailed: It ended, or was not ready in time.
        """
        with self.log.open("ab") as output:
            printed = output.tell()
            self._running = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.environment,
                # Held open for as long as this process lives: programs of the proof end with it.
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._is_ready(printed):
            if self._running.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise ProcessFailed(f"{self.name} did not start:\n{self.output()[-5000:]}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ask the program to stop, as an orchestrator does, and return once it has ended.

        Raises:
            ProcessFailed: It does not stop.
        """
        if self._running is None:
            return
        pids = self.tree()
        self.resume()  # A frozen process takes no signal.
        _signal(pids[:1], signal.SIGTERM)
        try:
            self._running.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProcessFailed(f"{self.name} did not stop:\n{self.output()[-5000:]}") from None
        _end(pids)  # those that the program has left behind
        self._forget()

    def kill(self) -> None:
        """End the program and all its processes with SIGKILL."""
        if self._running is None:
            return
        pids = self.tree()
        _end(pids[:1])  # first, so that it replaces none of the others
        self._running.wait()
        _end(pids[1:])
        self._forget()

    def pause(self) -> None:
        """Freeze all its processes: they keep their connections and locks, and do nothing."""
        _signal(self.tree(), signal.SIGSTOP)

    def resume(self) -> None:
        """Continue after a pause."""
        _signal(self.tree(), signal.SIGCONT)

    def restart(self) -> None:
        """Stop the program as an orchestrator does, and start it again."""
        self.stop()
        self.start()

    def tree(self) -> list[int]:
        """Return the ids of its processes, parents before their children."""
        children = _children()
        found = [self.pid]
        for pid in found:  # grows while it is read
            found += children.get(pid, [])
        return found

    def is_ready(self) -> bool:
        """Return whether it responds at its address now."""
        return _responds(self.url)

    def workers(self) -> list[int]:
        """Return the ids of the processes that do the work: those without children."""
        children, tree = _children(), self.tree()
        leaves = [pid for pid in tree if not children.get(pid)]
        return [pid for pid in leaves if RESOURCE_TRACKER not in _command_line(pid)]

    def output(self) -> str:
        """Return everything that it has printed so far, all starts included."""
        return self.log.read_text("utf-8", errors="replace")

    @property
    def _process(self) -> "subprocess.Popen[bytes]":
        if self._running is None:
            raise ProcessFailed(f"{self.name} does not run")
        return self._running

    def _is_ready(self, printed: int) -> bool:
        """Return whether this start has succeeded; its output begins at an offset."""
        if self.url:
            return _responds(self.url)
        return self.prints in self.log.read_bytes()[printed:]

    def _forget(self) -> None:
        if self._running and self._running.stdin:
            self._running.stdin.close()
        self._running = None


def prepare() -> None:
    """Let this process adopt the processes of those that it kills, so that it can reap them.

    A killed PostgreSQL that is not reaped looks as if it still ran.

    Raises:
        SystemExit: This is another system.
    """
    if sys.platform != "linux":
        sys.exit("This proof reads /proc, and uses all addresses of 127.0.0.0/8: run it on Linux.")
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _responds(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url, timeout=2):
        return True
    return False


def _children() -> dict[int, list[int]]:
    """Return the ids of the children of every process."""
    found: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # It has ended.
            parent = stat.read_text().rpartition(")")[2].split()[1]
            found.setdefault(int(parent), []).append(int(stat.parent.name))
    return found


def _command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _end(pids: Sequence[int]) -> None:
    """Kill processes, and reap those that were left to this one."""
    _signal(pids, signal.SIGKILL)
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
