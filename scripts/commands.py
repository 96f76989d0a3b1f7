"""Commands and servers in a generated service, run as its user runs them."""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

SECONDS_TO_START = 60
SECONDS_TO_STOP = 30
POLL_SECONDS = 0.05
POSTGRES_PROCESS = "**/.data/**/postmaster.pid"


class CommandFailed(Exception):
    """A command failed; the message contains its output."""


def run(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> str:
    """Run a command and return its output.

    Raises:
        CommandFailed: Its exit status is not 0.
    """
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        failed = f"`{' '.join(command)}` in {cwd} ended with status {done.returncode}"
        raise CommandFailed(f"{failed}:\n{done.stdout}")
    return done.stdout


@dataclass(frozen=True)
class Served:
    """A running service.

    Attributes:
        address: Its base URL.
        output: Returns everything that it has printed so far.
        process_id: The process that was started; a server may have started others.
    """

    address: str
    output: Callable[[], str]
    process_id: int


@contextmanager
def serving(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> Iterator[Served]:
    """Keep a service running on a free port, and yield it once it is ready.

    Raises:
        CommandFailed: It did not start, or did not stop cleanly on Ctrl-C.
    """
    port = free_port()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**environment, "PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # A separate process group, which is interrupted as a whole, as Ctrl-C does.
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            if not _is_ready(f"{address}/health/ready", process):
                raise CommandFailed(f"{address} does not respond. It printed:\n{_read(output)}")
            yield Served(address, partial(_read, output), process.pid)
        finally:
            stopped = _stop(process)
        if not stopped or "Traceback" in _read(output):
            raise CommandFailed(f"The service did not stop cleanly. It printed:\n{_read(output)}")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder for services, removed once their PostgreSQL servers have stopped.

    Raises:
        CommandFailed: A PostgreSQL in the folder does not stop.
    """
    with tempfile.TemporaryDirectory(prefix="plumbline-") as name:
        folder = Path(name)
        # If root runs this, PostgreSQL runs as another account, which needs access.
        folder.chmod(0o711)
        try:
            yield folder
        finally:
            _stop_databases(folder)


def _stop_databases(folder: Path) -> None:
    """Stop the servers now; each would wait some seconds for another client."""
    for running in folder.glob(POSTGRES_PROCESS):
        with suppress(OSError, ValueError):  # It has already stopped.
            os.kill(int(running.read_text("utf-8").splitlines()[0]), signal.SIGINT)
    deadline = time.monotonic() + SECONDS_TO_STOP
    while _may_have_databases(folder):
        if time.monotonic() > deadline:
            raise CommandFailed(f"A PostgreSQL in {folder} does not stop.")
        time.sleep(POLL_SECONDS)


def _may_have_databases(folder: Path) -> bool:
    try:
        return any(folder.glob(POSTGRES_PROCESS))
    except FileNotFoundError:  # A server that stops removes folders during the search.
        return True


def _is_ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return True
        except OSError:
            time.sleep(POLL_SECONDS)
    return False


def _stop(process: subprocess.Popen[bytes]) -> bool:
    """Interrupt the process; return whether it ended in time."""
    if process.poll() is not None:
        return False
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


def _read(output: TextIO) -> str:
    output.seek(0)
    return output.read()


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
