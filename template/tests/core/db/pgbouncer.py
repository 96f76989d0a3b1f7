"""A real PgBouncer in transaction mode, in front of the tests' server."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools.postgres.account import find_server_account
from devtools.shared_server import stop_with_parent

PORT = 6432
START_SECONDS = 60
SERVER_CONNECTIONS = 2
"""Fewer than the clients have, so that they share."""

FIRST_WITH_STATEMENTS = (1, 21)


def find_pgbouncer(*, keeps_statements: bool) -> str:
    """Return the program; skip the test where there is none, or one too old for it."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    program = shutil.which("pgbouncer", path=path)
    if program is None:
        message = "there is no pgbouncer: apt-get install pgbouncer, or brew install pgbouncer"
        if os.environ.get("PGBOUNCER_REQUIRED"):
            pytest.fail(message)
        pytest.skip(message)
    if keeps_statements and _version(program) < FIRST_WITH_STATEMENTS:
        pytest.skip("this pgbouncer is older than 1.21, and loses prepared statements")
    return program


@contextmanager
def pooled(database: URL, *, keeps_statements: bool) -> Iterator[URL]:
    """Run a PgBouncer and yield the address of the database behind it.

    Args:
        database: The address of the database itself.
        keeps_statements: Whether it carries prepared statements over, as Neon's does.
    """
    program = find_pgbouncer(keeps_statements=keeps_statements)
    account = find_server_account()
    folder = Path(tempfile.mkdtemp(prefix="pgb-", dir="/tmp"))  # a socket's path must be short
    file = folder / "pgbouncer.ini"
    file.write_text(_configure(program, folder, database, keeps_statements=keeps_statements))
    if account:
        os.chown(folder, account.uid, account.gid)
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [program, str(file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=stop_with_parent(os.getpid()),  # noqa: PLW1509 (it calls the kernel alone)
        ) as process,
    ):
        try:
            _wait_for(folder / f".s.PGSQL.{PORT}", process, folder / "log")
            query = {"host": str(folder), "port": str(PORT)}
            yield database.set(host=None, port=None, query=query)
        finally:
            process.kill()
            shutil.rmtree(folder, ignore_errors=True)


def _wait_for(socket: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"pgbouncer did not start: {log.read_text()}")
        time.sleep(0.01)


def _version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return tuple(int(part) for part in said.stdout.split()[1].split(".")[:2])


def _quoted(value: object) -> str:
    """Return a value that may have spaces, as a path can."""
    return "'" + str(value).replace("'", "''") + "'"


def _configure(program: str, folder: Path, database: URL, *, keeps_statements: bool) -> str:
    target = {
        "host": database.query.get("host") or database.host,
        "port": database.query.get("port") or database.port or 5432,
        "user": database.username or "postgres",
        "password": database.password,
    }
    lines = [
        "[databases]",
        "* = " + " ".join(f"{name}={_quoted(value)}" for name, value in target.items() if value),
        "[pgbouncer]",
        f"unix_socket_dir = {folder}",
        f"listen_port = {PORT}",
        "auth_type = any",
        "pool_mode = transaction",
        f"default_pool_size = {SERVER_CONNECTIONS}",
        "max_client_conn = 200",
        "server_login_retry = 1",
    ]
    if _version(program) >= FIRST_WITH_STATEMENTS:
        lines.append(f"max_prepared_statements = {100 if keeps_statements else 0}")
    return "\n".join([*lines, ""])
