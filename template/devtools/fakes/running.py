"""Fakes as processes that end with the program that needs them.

Each has a fixed port beside the service's, and at `/fakes` a page that lists all of them. A second
program of the service, such as a worker beside `make dev`, uses the fakes that run already.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from html import escape
from http.client import HTTPException
from pathlib import Path
from typing import IO, cast
from urllib.parse import quote

import uvicorn
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.importer import import_from_string

SERVICE_ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
LIST = SERVICE_ROOT / ".data" / "fakes.json"


def run_fake(
    name: str, *, create_app: str, tell: Callable[[str], None], offset: int | None = None
) -> str:
    """Start a fake in a process of its own, which ends after this process.

    If another program replaces this process (`exec`), the fake ends after that program.

    Args:
        name: The name of the service that it replaces.
        create_app: The function that makes its ASGI app: `package.module:function`.
        tell: Prints a line for the developer.
        offset: Its port less that of the service. Without one, or if another program has the port,
            it gets a free one.

    Returns:
        Its address, once it responds there.

    Raises:
        SystemExit: It did not start; the reason has been printed.
    """
    if sys.platform == "win32":
        sys.exit(f"the fake {name} needs Linux or macOS. Configure the real one: see .env.example.")
    port = 0 if offset is None else int(os.environ.get("PORT") or "8000") + offset
    if port and _is_fake_of(port, create_app):
        tell(f"the fake {name} of another program of this service is used: {_address(port)}")
        return _address(port)
    ends, lease = os.pipe()  # Nothing is written to the lease: `ends` closes with its last holder.
    with _listen(port) as listener:
        address = _address(listener.getsockname()[1])
        handed_down = [listener.fileno(), ends]
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, create_app, *map(str, handed_down)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            cwd=SERVICE_ROOT,
            env=os.environ | {"PYTHONPATH": str(SERVICE_ROOT)},
            pass_fds=handed_down,
            start_new_session=True,  # Ctrl-C is for the service, which may need the fake to finish.
        )
    os.close(ends)
    with cast("IO[bytes]", process.stdout) as output:
        is_ready = output.readline() == b"ready\n"
    process.returncode = 0  # It ends with the lease, so nothing waits for it.
    if not is_ready:
        sys.exit(f"the fake {name} did not start")
    os.set_inheritable(lease, True)  # noqa: FBT003 (the parameter has no name)
    tell(f"a fake {name} replaces the real one: {address}")
    _add_to_list(name, address)
    return address


def _address(port: int) -> str:
    return f"http://{HOST}:{port}"


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError:
        return socket.create_server((HOST, 0))


def _is_fake_of(port: int, create_app: str) -> bool:
    """Return whether a port has this fake, started by another program of this service."""
    try:
        with urllib.request.urlopen(f"{_address(port)}/fakes", timeout=2) as page:  # noqa: S310 (of this machine)
            return bool(page.headers["x-fake"] == _identity(create_app))
    except (OSError, ValueError, HTTPException):
        return False


def _identity(create_app: str) -> str:
    return quote(f"{create_app} in {SERVICE_ROOT}")


def _add_to_list(name: str, address: str) -> None:
    with suppress(OSError, ValueError):
        LIST.parent.mkdir(exist_ok=True)
        LIST.write_text(json.dumps(_read_list() | {name: address}), "utf-8")


def _read_list() -> dict[str, str]:
    """Return the addresses of the fakes that were started last, by name."""
    listed: dict[str, str] = json.loads(LIST.read_text("utf-8")) if LIST.exists() else {}
    return listed


class _WithList:
    """An app with a page that lists all fakes."""

    def __init__(self, app: ASGIApp, identity: str) -> None:
        self._app, self._identity = app, identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/fakes":
            await self._app(scope, receive, send)
            return
        links = "".join(
            f'<li><a href="{escape(address)}">{escape(name)}</a> at {escape(address)}</li>'
            for name, address in sorted(_read_list().items())
        )
        page = f"<!doctype html><title>Fakes</title><h1>Fakes</h1><ul>{links}</ul>"
        await HTMLResponse(page, headers={"x-fake": self._identity})(scope, receive, send)


class _AnnouncingServer(uvicorn.Server):
    """Prints `ready` once it responds."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            os.write(1, b"ready\n")
            os.dup2(2, 1)


def _serve(create_app: str, *, listener: int, ends: int) -> None:
    threading.Thread(target=_end_after, args=[ends], daemon=True).start()
    app: ASGIApp = import_from_string(create_app)()
    listed = _WithList(app, _identity(create_app))
    config = uvicorn.Config(listed, log_level="warning", access_log=False)
    _AnnouncingServer(config).run(sockets=[socket.socket(fileno=listener)])


def _end_after(ends: int) -> None:
    os.read(ends, 1)
    os._exit(0)  # A fake has nothing to clean up.


if __name__ == "__main__":
    _serve(sys.argv[1], listener=int(sys.argv[2]), ends=int(sys.argv[3]))
