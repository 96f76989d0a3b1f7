"""The environment of Alembic: the connection, the models and the options of a migration.

Each migration runs in one transaction. It waits only briefly for locks, since every request for a
table queues behind a migration that waits for it.
"""

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

ALL_MODULES = (*MODULES, *FEATURES)  # importing them registers their tables in the metadata


def migration_url() -> str:
    """Return the URL that the caller passed, or the direct one of the settings."""
    if given := context.config.attributes.get("url"):
        return str(given)
    settings = Settings()
    url = settings.direct_database_url
    if url is None:
        message = "DATABASE_URL is not set; run `make migrate` to use an embedded PostgreSQL"
        raise SystemExit(message)
    if settings.database_pooler is not Pooler.NONE and settings.migration_database_url is None:
        message = "DATABASE_URL leads through a pooler; set MIGRATION_DATABASE_URL to a direct one"
        raise SystemExit(message)
    return url.get_secret_value()


def lock_timeout() -> str:
    """Return the statement that limits how long a migration waits for a lock."""
    return f"SET lock_timeout = '{round(Settings().migration_lock_timeout_seconds * 1000)}ms'"


def render_type(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Render SQLAlchemy's type for one of the app, which may change after the migration."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def tables_to_compare() -> Callable[..., bool]:
    """Return Alembic's `include_object`, which leaves out the tables of disabled modules."""
    kept = kept_tables(context.script, modules=[module.name for module in ALL_MODULES])

    def include(_: object, name: str | None, kind: str, reflected: object, *_more: object) -> bool:
        return not (kind == "table" and reflected and name in kept)

    return include


def upgrades_to_heads() -> bool:
    """Return whether the command is `alembic upgrade heads`; only that drops retired tables."""
    try:
        return isinstance(context.get_revision_argument(), tuple)
    except (CommandError, KeyError):  # a relative revision, or a command without one
        return False


def migrate(connection: Connection) -> None:
    """Run the migrations of the command."""
    connection.execute(text(lock_timeout()))
    connection.commit()
    if retired_labels() and upgrades_to_heads():
        for label in sorted(drop_retired(connection, confirmed=Settings().drop_retired_data)):
            context.config.print_stdout("Dropped the tables of the disabled module %s.", label)
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
    connection.commit()  # for commands such as `stamp`, which open no transaction


async def migrate_online() -> None:
    """Connect, migrate, disconnect."""
    url, connect_args = parse_database_url(migration_url())
    connect_args["async_creator_fn"] = RetryingConnector(
        seconds=Settings().database_connect_seconds
    )
    engine = create_async_engine(url, connect_args=connect_args, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


def print_sql() -> None:
    """Print the statements instead of running them: `alembic upgrade heads --sql`."""
    context.configure(
        dialect_name="postgresql",
        target_metadata=Base.metadata,
        literal_binds=True,
        transaction_per_migration=True,
    )
    context.execute(lock_timeout())
    if retired := ", ".join(sorted(retired_labels())):
        context.get_context().impl.static_output(
            f"-- Retired tables are not included: {retired}. If the database still has them, "
            "`alembic upgrade heads` without --sql drops them."
        )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    print_sql()
else:
    asyncio.run(migrate_online())
