"""The service, or a stand-in for somebody else's, on a free port of this machine."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[str]
    address: str

    def read_until(self, text: str) -> list[str]:
        """Return the lines that the server prints, up to the one with this text."""
        assert self.process.stdout
        lines = [""]
        while text not in lines[-1]:
            lines.append(self.process.stdout.readline())
            assert lines[-1], "".join(lines)  # else it has ended
        return lines[1:]


@dataclass
class Stage:
    """What a server in this process serves: an app that each test replaces.

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
    """Serve what `create_app` in the code returns, until the block ends.

    Args:
        code: A module; it finds `app` and whatever is in the folder.
        options: Further options of uvicorn.
        folder: Where the module is written.
        environment: The settings of the service.
    """
    (folder / "served.py").write_text(code)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        with subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "served:create_app", "--factory"),
                *("--fd", str(listener.fileno()), "--no-access-log", *options),
            ],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
                "ENVIRONMENT": "test",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[listener.fileno()],
        ) as process:
            server = Server(process, address_of(listener))
            try:
                server.read_until("startup complete")
                yield server
            finally:
                process.kill()
