"""The faults that PostgreSQL is asked for: locks, connections, and refused writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from proof.service import RunningService

LOCKED = ("users", "sessions", "alerts", "idempotency_keys", "jobs")
SECONDS_FOR_LOCKS = 10

# A real disk cannot be filled without a file system of its own, and a PostgreSQL that cannot write
# its log ends itself, which is the fault `PostgreSQL killed`. So the tables report its error
# for a table that cannot grow.
FULL_DISK = """
CREATE OR REPLACE FUNCTION proof_disk_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@asynccontextmanager
async def connected(service: RunningService) -> AsyncIterator[asyncpg.Connection]:
    """Connect with the right to write, also where the default is another."""
    connection = await asyncpg.connect(
        service.database_url, server_settings={"default_transaction_read_only": "off"}
    )
    try:
        yield connection
    finally:
        await connection.close()


async def execute(service: RunningService, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    async with connected(service) as connection:
        for statement in statements:
            await connection.execute(statement)


async def for_each_table(service: RunningService, statement: str) -> None:
    """Run a statement for every table; wait for the transactions that use it."""
    async with connected(service) as connection:
        await connection.execute(f"SET lock_timeout = '{SECONDS_FOR_LOCKS}s'")
        for row in await connection.fetch(TABLES):
            while True:
                with suppress(asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
                    await connection.execute(statement.format(f'"{row["tablename"]}"'))
                    break


async def lock_tables(connection: asyncpg.Connection) -> bool:
    """Return whether all tables could be locked; PostgreSQL refuses if that is a deadlock."""
    await connection.execute("BEGIN")
    try:
        await connection.execute(f"LOCK TABLE {', '.join(LOCKED)} IN ACCESS EXCLUSIVE MODE")
    except asyncpg.DeadlockDetectedError:
        await connection.execute("ROLLBACK")
        return False
    return True


async def take_connections(service: RunningService, held: list[Any]) -> None:
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
