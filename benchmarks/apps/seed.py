"""Fills a service's database with the measured rows, and prints the variables of the requests.

It writes SQL and imports nothing of the service, so that it changes only with the tables.
"""

import asyncio
import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import asyncpg

ALERTS, MESSAGES = 500, 100
NOW = datetime.now(UTC)


async def add_user(connection: asyncpg.Connection, name: str) -> tuple[UUID, str]:
    """Add a user with a session; return the id and the token."""
    user, token = uuid4(), secrets.token_urlsafe(32)
    await connection.execute(
        "INSERT INTO users (id, email, email_key, role, created_at, updated_at)"
        " VALUES ($1, $2, $2, 'user', $3, $3)",
        *(user, f"{name}@example.com", NOW),
    )
    later = NOW + timedelta(days=14)
    await connection.execute(
        "INSERT INTO sessions"
        " (id, user_id, token_hash, created_at, last_seen_at, expires_at, ends_at)"
        " VALUES ($1, $2, $3, $4, $4, $5, $5)",
        *(uuid4(), user, sha256(token.encode()).digest(), NOW, later),
    )
    return user, token


async def add_alerts(connection: asyncpg.Connection, owner: UUID, symbol: UUID) -> UUID:
    """Add alerts of a user, each a second newer than the one before; return the id of one."""
    ids = [uuid4() for _ in range(ALERTS)]
    times = [NOW + timedelta(seconds=number) for number in range(ALERTS)]
    await connection.execute(
        "INSERT INTO alerts (id, owner_id, symbol_id, condition, threshold, active, version,"
        " created_at, updated_at) SELECT new.id, $1, $2, 'price_above', 187.25, true, 1, at, at"
        " FROM unnest($3::uuid[], $4::timestamptz[]) AS new (id, at)",
        *(owner, symbol, ids, times),
    )
    return ids[ALERTS // 2]


async def add_messages(connection: asyncpg.Connection) -> None:
    """Add the messages that events of Resend tell of."""
    for number in range(MESSAGES):
        await connection.execute(
            "INSERT INTO resend_emails (id, key, kind, address, address_key, subject, state,"
            " resend_id, state_at, created_at)"
            " VALUES ($1, $2, 'welcome', $3, $3, 'Welcome', 'sent', $2, $4, $4)",
            *(UUID(int=number), f"resend_{number}", "ada@example.com", NOW),
        )


async def main() -> None:
    """Add the rows."""
    connection = await asyncpg.connect(os.environ["DATABASE_URL"].replace("+asyncpg", ""))
    symbol = await connection.fetchval(
        "INSERT INTO symbols (id, ticker, name, currency, created_at, updated_at)"
        " VALUES ($1, 'AAPL', 'Apple Inc.', 'USD', $2, $2) RETURNING id",
        *(uuid4(), NOW),
    )
    owner, token = await add_user(connection, "owner")
    other, _ = await add_user(connection, "other")
    alert = await add_alerts(connection, owner, symbol)
    alert_of_other = await add_alerts(connection, other, symbol)
    if await connection.fetchval("SELECT to_regclass('resend_emails')"):
        await add_messages(connection)
    await connection.execute("CREATE TABLE measured (value int)")
    await connection.execute("CREATE TABLE bodies (id uuid PRIMARY KEY, body jsonb)")
    await connection.execute("ANALYZE")
    await connection.close()
    needed = {"TOKEN": token, "ALERT": alert, "OTHER": alert_of_other}
    print(json.dumps({f"BENCH_{name}": str(value) for name, value in needed.items()}))


if __name__ == "__main__":
    asyncio.run(main())
