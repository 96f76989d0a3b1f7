"""The faults, one function each: it breaks a part, yields, and repairs the part.

The fault has ended when the repair begins, so that the seconds to recovery have the start of a
killed process in them.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import asyncpg

from proof.chaos.crowd import User
from proof.chaos.database import (
    FULL_DISK,
    connected,
    execute,
    for_each_table,
    lock_tables,
    take_connections,
)
from proof.processes import Process
from proof.service import RunningService

POLL_SECONDS = 0.05
VENDORS = ("paddle", "resend", "blob")


@dataclass(frozen=True)
class Scene:
    """The service and its users, for the faults."""

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
    """Send SIGTERM to the API, as a deployment does, and start it again.

    Users keep new requests back once the API is not ready any more, as a load balancer does. Each
    request before that has to get its response.
    """
    ledger = scene.crowd[0].client.ledger
    broken = len(ledger.broken)
    stopping = asyncio.create_task(asyncio.to_thread(scene.service.api.stop))
    while await asyncio.to_thread(scene.service.api.is_ready):  # noqa: ASYNC110 - of a process
        await asyncio.sleep(POLL_SECONDS)
    for user in scene.crowd:
        user.client.may_send.clear()
    await stopping
    for _, text in ledger.broken[broken:]:
        ledger.find("lost", f"a request that was sent before SIGTERM: {text}")
    yield
    await asyncio.to_thread(scene.service.api.start)
    for user in scene.crowd:
        user.client.may_send.set()


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
    taking = asyncio.create_task(take_connections(scene.service, held))
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
    await execute(scene.service, f"ALTER SYSTEM SET {setting} = on", "SELECT pg_reload_conf()")
    yield
    await execute(scene.service, f"ALTER SYSTEM RESET {setting}", "SELECT pg_reload_conf()")


@asynccontextmanager
async def disk_full(scene: Scene) -> AsyncIterator[None]:
    """Refuse every write as PostgreSQL does when a table cannot grow."""
    trigger = "BEFORE INSERT OR UPDATE ON {} EXECUTE FUNCTION proof_disk_full()"
    await execute(scene.service, FULL_DISK)
    await for_each_table(scene.service, f"CREATE OR REPLACE TRIGGER proof_disk_full {trigger}")
    yield
    await for_each_table(scene.service, "DROP TRIGGER IF EXISTS proof_disk_full ON {}")


@asynccontextmanager
async def tables_locked(scene: Scene) -> AsyncIterator[None]:
    """Lock the tables that most requests need, as a careless migration does."""
    async with connected(scene.service) as connection:
        while not await lock_tables(connection):
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
