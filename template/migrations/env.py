"""The environment of Alembic: the connection, the models and the options of a migration.

Each migration runs in one transaction. It waits only briefly for locks, since every request for a
table queues behind a migration that waits for it. One process at a time migrates a database.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from alembic import context
from alembic.runtime.migration import MigrationInfo
from alembic.script import Script
from alembic.util import CommandError
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.core.database_url import parse_database_url
from app.core.db import Base
from app.core.db.connecting import RetryingConnector
from app.features import FEATURES
from app.modules import MODULES
from app.settings import Pooler, Settings
from migrations.autogenerate import PLUGINS, render_type
from migrations.branches import kept_tables
from migrations.retiring import drop_retired, retired_labels, unknown_revisions_explained

ALL_MODULES = (*MODULES, *FEATURES)  # importing them registers their tables in the metadata
MIGRATION_LOCK = 5_318_008_313
POLL_SECONDS = 0.5


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


def tables_to_compare() -> Callable[..., bool]:
    """Return Alembic's `include_object`, which leaves out the tables of disabled modules."""
    kept = kept_tables(context.script, modules=[module.name for module in ALL_MODULES])

    def include(_: object, name: str | None, kind: str, reflected: object, *_more: object) -> bool:
        return not (kind == "table" and reflected and name in kept)

    return include


def revision_argument() -> object:
    """Return the revisions to migrate to; `None` for a command that does not migrate."""
    try:
        return context.get_revision_argument()
    except CommandError:
        return "a relative revision"
    except KeyError:
        return None


def upgrades_to_heads() -> bool:
    """Return whether the command is `alembic upgrade heads`; only that drops retired tables."""
    return isinstance(revision_argument(), tuple)


def migrate(connection: Connection) -> None:
    """Run the migrations of the command, and print what was done."""
    connection.execute(text(lock_timeout()))
    connection.commit()
    done: list[str] = []
    tell = context.config.print_stdout
    if retired_labels() and upgrades_to_heads():
        done = sorted(drop_retired(connection, confirmed=Settings().drop_retired_data))
        for label in done:
            tell("Dropped the tables of the disabled module %s.", label)

    def report(ctx: object, step: MigrationInfo, heads: object, run_args: object) -> None:  # noqa: ARG001 - Alembic's
        script = step.up_revision
        if isinstance(script, Script) and not step.is_stamp:
            done.append(script.revision)
            verb = "Applied" if step.is_upgrade else "Reverted"
            tell("%s %s/%s: %s", verb, Path(script.path).parent.name, script.revision, script.doc)

    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_server_default=True,
        autogenerate_plugins=PLUGINS,
        render_item=render_type,
        include_object=context.config.attributes.get("include_object") or tables_to_compare(),
        process_revision_directives=context.config.attributes.get("process_revision_directives"),
        on_version_apply=report,
    )
    with unknown_revisions_explained(connection), context.begin_transaction():
        context.run_migrations()
    connection.commit()  # for commands such as `stamp`, which open no transaction
    if upgrades_to_heads() and not done:
        tell("Nothing to migrate: the database has every migration.")


@asynccontextmanager
async def migrating_alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """Let one process at a time migrate a database; the others wait."""
    # The lock ends with a transaction, which a pooler keeps on one server connection; the lock of
    # a session could outlive this process. CREATE INDEX CONCURRENTLY waits for the end of every
    # transaction that has a snapshot: so nothing waits for the lock inside of one, and the one that
    # has it gives up its snapshot, which the next statement does.
    attempt = text("SELECT pg_try_advisory_xact_lock(:key)").bindparams(key=MIGRATION_LOCK)
    forget_snapshot = text("SET LOCAL idle_in_transaction_session_timeout = 0")
    async with engine.connect() as connection:
        is_waiting = False
        while not await connection.scalar(attempt):
            await connection.rollback()
            if not is_waiting:
                context.config.print_stdout("Waiting for another process that migrates.")
            is_waiting = True
            await asyncio.sleep(POLL_SECONDS)
        await connection.execute(forget_snapshot)
        yield


async def migrate_online() -> None:
    """Connect, migrate, disconnect."""
    url, connect_args = parse_database_url(migration_url())
    connect_args["async_creator_fn"] = RetryingConnector(
        seconds=Settings().database_connect_seconds
    )
    engine = create_async_engine(url, connect_args=connect_args, poolclass=pool.NullPool)
    alone = migrating_alone(engine) if revision_argument() else nullcontext()
    async with alone, engine.connect() as connection:
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
