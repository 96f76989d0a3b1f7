"""Databases for the tests: copies of a template database that is migrated once.

A test process names its databases `test_MACHINE_PID_HOUR_RANDOM`: processes and machines that share
a server never collide, and the databases of killed processes can be recognized.
"""

import asyncio
import hashlib
import os
import re
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.core.database_url import direct_address
from devtools.migrations import migrate
from devtools.postgres import PostgresUnavailable, lease_postgres

SERVICE_ROOT = Path(__file__).parents[1]
DIRECTORY = SERVICE_ROOT / ".data" / "test-postgres"
MIGRATIONS = SERVICE_ROOT / "migrations"
SETTINGS = {
    "autovacuum": "off",
    "checkpoint_timeout": "1d",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "synchronous_commit": "off",
    "wal_level": "minimal",
}
BUILD_LOCK = 5_318_008_312
HOURS_KEPT = 24
FIRST_VERSION_WITH_STRATEGIES = 15
OWNED_NAME = re.compile(r"test_(?P<machine>[0-9a-f]{8})_(?P<pid>\d+)_(?P<hour>\d+)_[0-9a-f]{8}")
TEMPLATE_NAME = re.compile(r"migrated_[0-9a-f]{16}")


def test_server() -> URL:
    """Return the address of a server for test databases.

    Returns:
        TEST_DATABASE_URL, or the address of an embedded server that runs until this process ends.
        Its data are in TEST_POSTGRES_DIRECTORY; in memory, databases are created faster.

    Raises:
        PostgresUnavailable: No server is available; the message says what to do.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        return _read_address(given)
    directory = Path(os.environ.get("TEST_POSTGRES_DIRECTORY") or DIRECTORY)
    sockets = lease_postgres(directory, settings=SETTINGS, grace_seconds=0)
    query = {"host": str(sockets), "port": "5432"}
    return URL.create("postgresql+asyncpg", "postgres", database="postgres", query=query)


async def migrated_template(server: URL) -> str:
    """Return the name of a database with all migrations, and create it if it is missing.

    It is created under another name first, so that an interrupted run leaves no partial template.
    Databases of dead processes and of earlier migrations are dropped.

    Args:
        server: The result of `test_server`.

    Raises:
        PostgresUnavailable: The server is unreachable, or refuses to create a database.
    """
    name = f"migrated_{digest_migrations(MIGRATIONS)}"
    async with _connected(server) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", BUILD_LOCK)
        if name not in await _list_databases(connection):
            await _build_template(connection, server, name=name)
        await _mark_used(connection, name)
        await _drop_leftovers(connection)
    return name


async def copy_database(server: URL, *, template: str) -> URL:
    """Create a copy of the template, and return its address.

    Args:
        server: The result of `test_server`.
        template: The result of `migrated_template`.

    Raises:
        PostgresUnavailable: The server is unreachable, or refuses to create a database.
    """
    name = _own_name()
    async with _connected(server) as connection:
        version = connection.get_server_version().major
        strategy = "STRATEGY file_copy" if version >= FIRST_VERSION_WITH_STRATEGIES else ""
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {strategy}')
    return server.set(database=name)


async def drop_database(server: URL, *, name: str) -> None:
    """Drop a database, if it exists, and close its connections.

    Args:
        server: The result of `test_server`.
        name: The `database` of the address that `copy_database` returned.
    """
    async with _connected(server) as connection:
        await _drop(connection, name)


def digest_migrations(folder: Path) -> str:
    """Return a digest of the path and the content of every file in the folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\0".encode())
    return digest.hexdigest()[:16]


def _read_address(text: str) -> URL:
    direct = direct_address(text)
    try:
        url = make_url(re.sub(r"^postgres(?:ql)?(?:\+\w+)?:", "postgresql+asyncpg:", direct))
    except ArgumentError:
        url = None
    if url is None or url.drivername != "postgresql+asyncpg":
        raise PostgresUnavailable(
            "TEST_DATABASE_URL is not an address like postgresql://user:password@host/postgres. "
            "Correct it, or unset it to use the packaged server."
        )
    return url if url.database else url.set(database="postgres")


@asynccontextmanager
async def _connected(server: URL) -> AsyncIterator[asyncpg.Connection]:
    plain = server.set(drivername="postgresql").difference_update_query(["channel_binding"])
    try:
        connection = await asyncpg.connect(plain.render_as_string(hide_password=False))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise PostgresUnavailable(f"the server at {server!r} cannot be reached: {error}") from error
    try:
        yield connection
    except asyncpg.InsufficientPrivilegeError as error:
        raise PostgresUnavailable(
            f"the server at {server!r} refuses: {error}. Tests create databases: "
            f"allow it with ALTER ROLE … CREATEDB, or unset TEST_DATABASE_URL."
        ) from error
    finally:
        await connection.close()


async def _build_template(connection: asyncpg.Connection, server: URL, *, name: str) -> None:
    new = _own_name()
    await connection.execute(f'CREATE DATABASE "{new}"')
    address = server.set(database=new).render_as_string(hide_password=False)
    await asyncio.to_thread(migrate, address)
    # A connection to the template, by any tool, would prevent its copying.
    await connection.execute(f'ALTER DATABASE "{new}" ALLOW_CONNECTIONS false')
    try:
        await connection.execute(f'ALTER DATABASE "{new}" RENAME TO "{name}"')
    except (
        asyncpg.DuplicateDatabaseError
    ):  # Created by a machine that connects to another database,
        await _drop(connection, new)  # and so does not see this lock.


async def _mark_used(connection: asyncpg.Connection, template: str) -> None:
    with suppress(asyncpg.InternalServerError):  # Another machine is marking it too.
        await connection.execute(f"COMMENT ON DATABASE \"{template}\" IS 'used {_this_hour()}'")


async def _drop_leftovers(connection: asyncpg.Connection) -> None:
    for name, comment in (await _list_databases(connection)).items():
        if _is_leftover(name, comment):
            with suppress(asyncpg.InsufficientPrivilegeError, asyncpg.ObjectInUseError):
                await _drop(connection, name)


def _is_leftover(name: str, comment: str) -> bool:
    if TEMPLATE_NAME.fullmatch(name):
        used = comment.removeprefix("used ")
        return used.isdigit() and _is_old(int(used))
    if owned := OWNED_NAME.fullmatch(name):
        if owned["machine"] == _machine():
            return not _is_running(int(owned["pid"]))
        return _is_old(int(owned["hour"]))
    return False


async def _list_databases(connection: asyncpg.Connection) -> dict[str, str]:
    query = "SELECT datname, shobj_description(oid, 'pg_database') AS comment FROM pg_database"
    return {row["datname"]: row["comment"] or "" for row in await connection.fetch(query)}


async def _drop(connection: asyncpg.Connection, name: str) -> None:
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _own_name() -> str:
    return f"test_{_machine()}_{os.getpid()}_{_this_hour()}_{secrets.token_hex(4)}"


def _machine() -> str:
    """Return an id of this machine or container, the scope of its process ids."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    with suppress(OSError):
        parts.append(Path("/etc/machine-id").read_text())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def _this_hour() -> int:
    return int(time.time() // 3600)


def _is_old(hour: int) -> bool:
    return _this_hour() - hour > HOURS_KEPT


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
