"""The service, or a stand-in for another one, on a free port of this machine."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from tests.processes import Program, running

SERVER = """
import os
from app.core.server.settings import ServerSettings
from app.server import make_config, serve

os.dup2(1, 2)  # Uvicorn logs to the standard error.
serve(make_config(ServerSettings(port=0), app="served:create_app"))
"""
SERVING = "Uvicorn running on "


@dataclass(frozen=True)
class Server:
    process: Program
    address: str

    def read_until(self, text: str) -> list[str]:
        """Return the lines that the server prints, up to the one with this text."""
        return self.process.read_until(text)


@dataclass
class Stage:
    """The app that a server in this process serves; each test replaces it.

    A server takes a fifth of a second to stop, so one is kept for all tests.
    """

    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app
        await self.app(scope, receive, send)


def address_of(listener: socket.socket) -> str:
    """Return where a socket of this machine listens."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def serving(code: str, *, folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Serve the app that the code's `create_app` returns, until the block ends.

    Args:
        code: A module; it can import `app` and the modules in the folder.
        folder: Where the module is written.
        environment: The settings of the service and of the server.
    """
    (folder / "served.py").write_text(code)
    with running(SERVER, folder=folder, environment=environment) as process:
        line = process.read_until(SERVING)[-1]
        yield Server(process, line.partition(SERVING)[2].split()[0])
