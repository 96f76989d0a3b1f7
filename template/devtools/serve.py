"""Serve for development, on this machine only, and reload on every change of `app/`."""

import errno
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from fastapi import FastAPI

HOST = "127.0.0.1"
SECONDS_TO_STOP = 5
HIGHEST_PORT = 65_535


def create_watched_app() -> "FastAPI":
    """Return the app, in a process that stops when the reloader is killed."""
    from app.main import create_app  # noqa: PLC0415 (the reloader survives an error in app/)

    stop_with_parent()
    return create_app()


def stop_with_parent() -> None:
    """Stop this process when the multiprocessing parent ends."""
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_stop_after, args=[parent], daemon=True).start()


def read_port() -> int:
    """Return the port to serve on: PORT, or 8000.

    Raises:
        SystemExit: PORT is not a valid port.
    """
    text = os.environ.get("PORT") or "8000"
    if text.isascii() and text.isdigit() and 0 < int(text) <= HIGHEST_PORT:
        return int(text)
    sys.exit(f"PORT is {text!r}; it must be a number from 1 to {HIGHEST_PORT}.")


def refuse_used_port(port: int) -> None:
    """Exit with a message if the port is not available.

    Raises:
        SystemExit: Another program uses the port, or this process lacks the permission.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            used = error.errno == errno.EADDRINUSE
            reason = "another program uses it" if used else error.strerror
            sys.exit(f"Cannot serve on port {port}: {reason}. Choose another: PORT=8001 make dev")


def main() -> None:
    """Serve until Ctrl-C."""
    port = read_port()
    refuse_used_port(port)
    print(f"API documentation: http://{HOST}:{port}/docs", file=sys.stderr, flush=True)
    uvicorn.run(
        "devtools.serve:create_watched_app",
        factory=True,
        host=HOST,
        port=port,
        reload=True,
        reload_dirs=["app"],
        access_log=False,
        timeout_graceful_shutdown=SECONDS_TO_STOP,
    )


def _stop_after(process: BaseProcess) -> None:
    process.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    os._exit(1)  # A request that hangs must not block the port.


if __name__ == "__main__":
    main()
