"""How Alembic reaches the database. A migration is one transaction; it waits briefly for locks."""

import asyncio
from collections.abc import Callable
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import Connection, TypeDecorator, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.database_url import parse_database_url
from app.core.db import Base
from app.core.db.connecting import RetryingConnector
from app.features import FEATURES
from app.modules import MODULES
from app.settings import Pooler, Settings
from migrations.branches import kept_tables
from migrations.retiring import drop_retired, retired_labels, unknown_revisions_explained

MODELS_OF = (*MODULES, *FEATURES)  # importing the modules has filled the metadata


def database_address() -> str:
    """Return the database to migrate: what the caller passed, else what the settings say."""
    if given := context.config.attributes.get("url"):
        return str(given)
    settings = Settings()
    address = settings.direct_database_url
    if address is None:
        message = "DATABASE_URL is not set; `make migrate` starts a PostgreSQL of its own"
        raise SystemExit(message)
    if settings.database_pooler is not Pooler.NONE and settings.migration_database_url is None:
        message = "DATABASE_URL leads through a pooler: set MIGRATION_DATABASE_URL"
        raise SystemExit(message)
    return address.get_secret_value()


def lock_timeout() -> str:
    """Return the statement that keeps a migration from queueing every request behind a lock."""
    return f"SET lock_timeout = '{round(Settings().migration_lock_timeout_seconds * 1000)}ms'"


def render_type(kind: str, thing: object, _: AutogenContext) -> str | Literal[False]:
    """Write the database's type for one of ours: a migration outlives the code it was made by."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}"
    return False


def tables_to_compare() -> Callable[..., bool]:
    """Return Alembic's `include_object`: no model speaks for the tables that are kept."""
    kept = kept_tables(context.script, modules=[module.name for module in MODELS_OF])

    def include(_: object, name: str | None, kind: str, reflected: object, *_more: object) -> bool:
        return not (kind == "table" and reflected and name in kept)

    return include


def asks_for_heads() -> bool:
    """Return whether this is `alembic upgrade heads`: nothing else drops what is retired."""
    try:
        return isinstance(context.get_revision_argument(), tuple)
    except (CommandError, KeyError):  # relative to something, or a command that goes nowhere
        return False


def migrate(connection: Connection) -> None:
    """Run the migrations that the command asks for."""
    connection.execute(text(lock_timeout()))
    connection.commit()
    if retired_labels() and asks_for_heads():
        for label in sorted(drop_retired(connection, confirmed=Settings().drop_retired_data)):
            context.config.print_stdout("Dropped the tables of %s, which is switched off.", label)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_server_default=True,
        render_item=render_type,
        include_object=context.config.attributes.get("include_object") or tables_to_compare(),
        process_revision_directives=context.config.attributes.get("process_revision_directives"),
    )
    with unknown_revisions_explained(connection), context.begin_transaction():
        context.run_migrations()
    connection.commit()  # what commands beside upgrade and downgrade did


async def migrate_online() -> None:
    """Connect, migrate, disconnect."""
    url, connect_args = parse_database_url(database_address())
    connect_args["async_creator_fn"] = RetryingConnector(
        seconds=Settings().database_connect_seconds
    )
    engine = create_async_engine(url, connect_args=connect_args, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


def print_sql() -> None:
    """Write the statements instead of running them: `alembic upgrade heads --sql`."""
    context.configure(
        dialect_name="postgresql",
        target_metadata=Base.metadata,
        literal_binds=True,
        transaction_per_migration=True,
    )
    context.execute(lock_timeout())
    if retired := ", ".join(sorted(retired_labels())):
        context.get_context().impl.static_output(
            f"-- This cannot see whether the database still has the tables of {retired}, which are "
            "retired: `alembic upgrade heads` without --sql drops them."
        )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    print_sql()
else:
    asyncio.run(migrate_online())
