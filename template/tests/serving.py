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
from uvicorn import Server
from uvicorn.main import main

start = Server.startup

async def start_and_say_where(self, sockets=None):
    await start(self, sockets)
    port = self.servers[0].sockets[0].getsockname()[1]
    print(f"serving http://127.0.0.1:{port}", flush=True)

Server.startup = start_and_say_where
os.dup2(1, 2)  # Uvicorn logs to the standard error.
main()
"""
SERVING = "serving http"


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
def serving(
    code: str, *options: str, folder: Path, environment: Mapping[str, str]
) -> Iterator[Server]:
    """Serve the app that the code's `create_app` returns, until the block ends.

    Args:
        code: A module; it can import `app` and the modules in the folder.
        options: Further options of uvicorn.
        folder: Where the module is written.
        environment: The settings of the service.
    """
    (folder / "served.py").write_text(code)
    arguments = ["served:create_app", "--factory", "--port", "0", "--no-access-log", *options]
    with running(SERVER, *arguments, folder=folder, environment=environment) as process:
        line = process.read_until(SERVING)[-1]
        yield Server(process, line.removeprefix("serving ").strip())
