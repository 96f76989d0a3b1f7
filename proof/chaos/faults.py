"""The faults, one function each: what it breaks before the `yield`, and the repair after it.

The fault has ended when the repair begins, so that the seconds to recovery have the start of a
killed process in them.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg

from proof.chaos.crowd import User
from proof.processes import Process
from proof.service import RunningService

VENDORS = ("paddle", "resend", "blob")
LOCKED = ("users", "sessions", "alerts", "idempotency_keys", "jobs")
SECONDS_FOR_LOCKS = 10

# A real disk cannot be filled without a file system of its own, and a PostgreSQL that cannot write
# its log ends itself, which is the fault `PostgreSQL killed`. So the tables report what it reports
# when a table cannot grow.
FULL_DISK = """
CREATE OR REPLACE FUNCTION proof_disk_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@dataclass(frozen=True)
class Scene:
    """What a fault can reach: the service, and the users who call it."""

    service: RunningService
    crowd: Sequence[User]


Fault = Callable[[Scene], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def api_process_killed(scene: Scene) -> AsyncIterator[None]:
    """Kill -9 one of the processes of the API; its supervisor replaces it."""
    os.kill(scene.service.api.workers()[0], signal.SIGKILL)
    yield


@asynccontextmanager
async def api_killed(scene: Scene) -> AsyncIterator[None]:
    """Kill -9 the whole API, and start it again."""
    scene.service.api.kill()
    yield
    await asyncio.to_thread(scene.service.api.start)


@asynccontextmanager
async def api_stopped(scene: Scene) -> AsyncIterator[None]:
    """Send SIGTERM to the API, as a deployment does, and start it again."""
    await asyncio.to_thread(scene.service.api.stop)
    yield
    await asyncio.to_thread(scene.service.api.start)


@asynccontextmanager
async def worker_killed(scene: Scene) -> AsyncIterator[None]:
    """Kill -9 the worker of jobs, and start it again."""
    scene.service.worker.kill()
    yield
    await asyncio.to_thread(scene.service.worker.start)


@asynccontextmanager
async def worker_stopped(scene: Scene) -> AsyncIterator[None]:
    """Send SIGTERM to the worker of jobs, and start it again."""
    await asyncio.to_thread(scene.service.worker.stop)
    yield
    await asyncio.to_thread(scene.service.worker.start)


@asynccontextmanager
async def postgres_paused(scene: Scene) -> AsyncIterator[None]:
    """Freeze PostgreSQL: connections stay open, and no statement ends."""
    async with _paused(scene.service.postgres):
        yield


@asynccontextmanager
async def postgres_restarted(scene: Scene) -> AsyncIterator[None]:
    """Stop PostgreSQL in its fast mode, which rolls back, and start it again."""
    await asyncio.to_thread(scene.service.postgres.stop)
    yield
    await asyncio.to_thread(scene.service.postgres.start)


@asynccontextmanager
async def postgres_killed(scene: Scene) -> AsyncIterator[None]:
    """Kill -9 PostgreSQL, and start it again: it recovers from its log."""
    scene.service.postgres.kill()
    yield
    await asyncio.to_thread(scene.service.postgres.start)


@asynccontextmanager
async def connections_exhausted(scene: Scene) -> AsyncIterator[None]:
    """Take every connection of PostgreSQL, those of the service too."""
    held: list[asyncpg.Connection] = []
    taking = asyncio.create_task(_take_connections(scene.service, held))
    try:
        yield
    finally:
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
        for connection in held:
            connection.terminate()


@asynccontextmanager
async def database_read_only(scene: Scene) -> AsyncIterator[None]:
    """Refuse every write, as a provider does beyond a quota, or a replica after a failover."""
    setting = "default_transaction_read_only"
    await _execute(scene.service, f"ALTER SYSTEM SET {setting} = on", "SELECT pg_reload_conf()")
    yield
    await _execute(scene.service, f"ALTER SYSTEM RESET {setting}", "SELECT pg_reload_conf()")


@asynccontextmanager
async def disk_full(scene: Scene) -> AsyncIterator[None]:
    """Refuse every write as PostgreSQL does when a table cannot grow."""
    trigger = "BEFORE INSERT OR UPDATE ON {} EXECUTE FUNCTION proof_disk_full()"
    await _execute(scene.service, FULL_DISK)
    await _for_each_table(scene.service, f"CREATE OR REPLACE TRIGGER proof_disk_full {trigger}")
    yield
    await _for_each_table(scene.service, "DROP TRIGGER IF EXISTS proof_disk_full ON {}")


@asynccontextmanager
async def tables_locked(scene: Scene) -> AsyncIterator[None]:
    """Lock the tables that most requests need, as a careless migration does."""
    async with _connected(scene.service) as connection:
        while not await _lock_tables(connection):
            pass
        yield
        await connection.execute("ROLLBACK")


@asynccontextmanager
async def valkey_paused(scene: Scene) -> AsyncIterator[None]:
    """Freeze Valkey: connections stay open, and no command ends."""
    async with _paused(scene.service.valkey):
        yield


@asynccontextmanager
async def valkey_failed_over(scene: Scene) -> AsyncIterator[None]:
    """Kill -9 Valkey, and start it again empty, as after a failover without a copy."""
    scene.service.valkey.kill()
    yield
    await asyncio.to_thread(scene.service.valkey.start)


@asynccontextmanager
async def vendors_hang(scene: Scene) -> AsyncIterator[None]:
    """Let every vendor accept requests and never respond."""
    async with _vendors(scene.service, "hang"):
        yield


@asynccontextmanager
async def vendors_fail(scene: Scene) -> AsyncIterator[None]:
    """Let every vendor respond with 503."""
    async with _vendors(scene.service, "fail"):
        yield


@asynccontextmanager
async def responses_of_vendors_lost(scene: Scene) -> AsyncIterator[None]:
    """Let every vendor do its work, and break the connection before the response."""
    async with _vendors(scene.service, "lose"):
        yield


@asynccontextmanager
async def clients_leave(scene: Scene) -> AsyncIterator[None]:
    """Let clients close connections before the response, and repeat the request."""
    for user in scene.crowd:
        user.client.leaves = True
    yield
    for user in scene.crowd:
        user.client.leaves = False


FAULTS: tuple[Fault, ...] = (
    vendors_hang,
    vendors_fail,
    responses_of_vendors_lost,
    worker_killed,
    worker_stopped,
    api_process_killed,
    api_killed,
    api_stopped,
    postgres_paused,
    postgres_restarted,
    postgres_killed,
    connections_exhausted,
    database_read_only,
    disk_full,
    tables_locked,
    valkey_paused,
    valkey_failed_over,
    clients_leave,
)
SHORT: tuple[Fault, ...] = (
    responses_of_vendors_lost,
    worker_killed,
    api_process_killed,
    api_stopped,
    postgres_killed,
    valkey_failed_over,
    clients_leave,
)
"""The faults of the short form: one for each part."""


def name_of(fault: Fault) -> str:
    """Return the name of a fault for people."""
    return fault.__name__.replace("_", " ")


@asynccontextmanager
async def _paused(part: Process) -> AsyncIterator[None]:
    part.pause()
    try:
        yield
    finally:
        part.resume()


@asynccontextmanager
async def _vendors(service: RunningService, mode: str) -> AsyncIterator[None]:
    for vendor in VENDORS:
        await asyncio.to_thread(service.set_vendor, vendor, mode)
    yield
    for vendor in VENDORS:
        await asyncio.to_thread(service.set_vendor, vendor, "work")


@asynccontextmanager
async def _connected(service: RunningService) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        service.database_url, server_settings={"default_transaction_read_only": "off"}
    )
    try:
        yield connection
    finally:
        await connection.close()


async def _execute(service: RunningService, *statements: str) -> None:
    async with _connected(service) as connection:
        for statement in statements:
            await connection.execute(statement)


async def _for_each_table(service: RunningService, statement: str) -> None:
    """Run a statement for every table; wait for the transactions that use it."""
    async with _connected(service) as connection:
        await connection.execute(f"SET lock_timeout = '{SECONDS_FOR_LOCKS}s'")
        for row in await connection.fetch(TABLES):
            while True:
                with suppress(asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
                    await connection.execute(statement.format(f'"{row["tablename"]}"'))
                    break


async def _lock_tables(connection: asyncpg.Connection) -> bool:
    """Return whether all tables could be locked; PostgreSQL refuses if that is a deadlock."""
    await connection.execute("BEGIN")
    try:
        await connection.execute(f"LOCK TABLE {', '.join(LOCKED)} IN ACCESS EXCLUSIVE MODE")
    except asyncpg.DeadlockDetectedError:
        await connection.execute("ROLLBACK")
        return False
    return True


async def _take_connections(service: RunningService, held: list[Any]) -> None:
    """Hold all connections, and take each that becomes free."""
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    held.append(await asyncpg.connect(service.database_url))
    await held[0].execute(ending)
    while True:
        try:
            held.append(await asyncpg.connect(service.database_url))
        except asyncpg.TooManyConnectionsError:
            await asyncio.sleep(0.01)
