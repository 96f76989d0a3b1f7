"""A connection to the configured database, for exports and imports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from app.core.database_url import parse_database_url
from app.core.db.connecting import DatabaseUnavailable, RetryingConnector
from app.settings import Settings
from devtools.data import DataError

# To tables of the service's schema, from any schema, whose name is then part of the source's.
FOREIGN_KEYS = """
    SELECT
        CASE WHEN source.relnamespace = target.relnamespace THEN source.relname::text
            ELSE source.oid::regclass::text END AS source,
        target.relname::text AS target
    FROM pg_constraint
    JOIN pg_class AS source ON source.oid = conrelid
    JOIN pg_class AS target ON target.oid = confrelid
    JOIN pg_namespace ON pg_namespace.oid = target.relnamespace
    WHERE contype = 'f' AND nspname = current_schema()
"""


@asynccontextmanager
async def open_database() -> AsyncIterator[asyncpg.Connection]:
    """Connect without a pooler, as migrations do.

    Raises:
        DataError: No database is configured, or it is unavailable.
    """
    settings = Settings()
    if settings.direct_database_url is None:
        raise DataError("DATABASE_URL is not set.")
    url, arguments = parse_database_url(settings.direct_database_url.get_secret_value())
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connect = RetryingConnector(seconds=settings.database_connect_seconds)
    try:
        connection = await connect(address, **arguments)
    except DatabaseUnavailable as error:
        raise DataError(f"The database {url.database} does not respond.") from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DataError(f"The database {url.database} cannot be reached: {error}") from error
    try:
        yield connection
    finally:
        await connection.close()
