"""Python programs with the service's modules, each in a process of its own.

Importing the service takes a second, so one process does that, and the others are its forks.
"""

import io
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["app.main", "app.server", "pytest", "uvloop"])


@dataclass(frozen=True)
class Program:
    """A running program; the names are those of `subprocess.Popen`."""

    process: ForkServerProcess
    stdout: IO[str]
    stderr: IO[str]

    @property
    def pid(self) -> int:
        assert self.process.pid
        return self.process.pid

    def read_until(self, text: str) -> list[str]:
        """Return the lines that the program prints, up to the one with this text."""
        lines = [""]
        while text not in lines[-1]:
            lines.append(self.stdout.readline())
            assert lines[-1], "".join(lines)  # else it has ended
        return lines[1:]

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the program has ended."""
        if self.process.is_alive():
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.process.kill()

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self) -> int:
        """Return the program's exit status once it has ended; -9 if it was killed."""
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode


@dataclass(frozen=True)
class Finished:
    returncode: int
    stdout: str
    stderr: str


@contextmanager
def running(
    code: str,
    *arguments: str,
    environment: Mapping[str, str],
    folder: Path = ROOT,
    typed: str = "",
) -> Iterator[Program]:
    """Run Python code until the block ends.

    Args:
        code: The program. It finds the service's modules and those in the folder.
        arguments: Its `sys.argv`, from the first on.
        environment: The settings of the service.
        folder: The working directory.
        typed: The standard input.
    """
    variables = {"PATH": os.environ["PATH"], "ENVIRONMENT": "test", **environment}
    with _pipe() as (stdout, output), _pipe() as (stderr, errors):
        written = (output, errors)
        process = FORKS.Process(
            target=_run, args=(code, arguments, variables, folder, typed, written)
        )
        process.start()
        for end in written:
            end.close()
        try:
            yield Program(process, stdout, stderr)
        finally:
            process.kill()
            process.join()


def run_module(
    name: str, *arguments: str, environment: Mapping[str, str], typed: str = ""
) -> Finished:
    """Run a module as `python -m` does, and wait until it has ended.

    Args:
        name: The module.
        arguments: Its command line.
        environment: The settings of the service.
        typed: The standard input.
    """
    with running(module(name), *arguments, environment=environment, typed=typed) as program:
        stdout, stderr = program.stdout.read(), program.stderr.read()
        return Finished(program.wait(), stdout, stderr)


def module(name: str) -> str:
    """Return the code that runs a module as `python -m` does."""
    return f"import runpy; runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"


@contextmanager
def _pipe() -> Iterator[tuple[IO[str], Connection]]:
    read, written = FORKS.Pipe(duplex=False)
    with read, os.fdopen(os.dup(read.fileno()), encoding="utf-8") as lines:
        yield lines, written


def _run(
    code: str,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    folder: Path,
    typed: str,
    written: tuple[Connection, Connection],
) -> None:
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    sys.argv = ["program", *arguments]
    sys.path[:0] = [str(folder), str(ROOT)]
    sys.stdin = io.StringIO(typed)
    for stream, end in enumerate(written, start=1):
        os.dup2(end.fileno(), stream)
        end.close()
    exec(compile(code, "program", "exec"), {"__name__": "__main__"})  # noqa: S102 (of the tests)
