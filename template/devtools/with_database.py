"""Run a command with a database: the configured one, or an embedded PostgreSQL.

    python -m devtools.with_database [--no-migrate] [--with-servers] COMMAND [ARG ...]

If DATABASE_URL is set, in the environment or in `.env`, the command uses that database. Otherwise a
server with its data in `.data/postgres` is started or joined; it stops a few seconds after the last
command that uses it. DIRECT_DATABASE_URL is the address without a pooler, for psql.
"""

import argparse
import asyncio
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import asyncpg
from pydantic import SecretStr, ValidationError

from app.core.database_url import direct_address
from app.settings import ServiceSettings
from devtools.embedded import PROVIDERS
from devtools.postgres import PostgresUnavailable, lease_postgres, locate_data
from devtools.postgres.binaries import find_binaries

SERVICE_ROOT = Path(__file__).parents[1]
DIRECTORY = SERVICE_ROOT / ".data" / "postgres"
DATABASE = "app"
GRACE_SECONDS = 5.0
MIGRATION_LOCK = 5_318_008_311
NOT_EXECUTABLE, NOT_FOUND = 126, 127


class DevSettings(ServiceSettings):
    """The settings that are configured, read as the service reads them."""

    database_url: SecretStr | None = None
    migration_database_url: SecretStr | None = None


def run_with_database(command: list[str], *, migrate: bool, with_servers: bool = False) -> NoReturn:
    """Replace this process by the command, with DATABASE_URL set.

    Args:
        command: The program and its arguments.
        migrate: Whether to migrate an embedded database first.
        with_servers: Whether the command needs the other servers of development too.

    Raises:
        SystemExit: No database is available, or there is no such command.
    """
    settings = _read_settings()
    if settings.database_url is None:
        _provide_database(settings, migrate=migrate)
    else:  # It may be in .env only, which programs such as psql do not read.
        direct = settings.migration_database_url or settings.database_url
        os.environ |= {
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "DIRECT_DATABASE_URL": direct_address(direct.get_secret_value()),
        }
    for provide in PROVIDERS if with_servers else ():
        provide(_tell)
    _execute(command)


def _read_settings() -> DevSettings:
    try:
        return DevSettings()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        lines = [f"{str(problem['loc'][0]).upper()}: {problem['msg']}" for problem in problems]
        sys.exit("\n".join(lines))


def _provide_database(settings: DevSettings, *, migrate: bool) -> None:
    if "environment" not in settings.model_fields_set:
        os.environ["ENVIRONMENT"] = "development"
    elif settings.is_production:
        sys.exit(
            "DATABASE_URL is not set, and ENVIRONMENT is production, where no embedded database is "
            "used. Set DATABASE_URL, or unset ENVIRONMENT for development."
        )
    try:
        sockets = lease_postgres(
            DIRECTORY, settings={}, grace_seconds=GRACE_SECONDS, inheritable=True
        )
    except PostgresUnavailable as error:
        sys.exit(f"DATABASE_URL is not set, and {error}")
    _tell(f"DATABASE_URL is not set: using PostgreSQL in {locate_data(DIRECTORY)}")
    _tell(f"connect with: {_psql_command(sockets)}")
    url = _address(sockets)
    try:
        asyncio.run(_prepare(sockets, url=url, migrate=migrate))
    except (OSError, asyncpg.PostgresError) as error:
        sys.exit(f"the database could not be prepared: {error}")
    _export(sockets, url=url)


def _address(sockets: Path) -> str:
    host = quote(str(sockets), safe="/")
    return f"postgresql+asyncpg://postgres@/{DATABASE}?host={host}&port=5432"


def _export(sockets: Path, *, url: str) -> None:
    """Set the environment variables for the command, and for psql."""
    programs = find_binaries()
    os.environ |= {
        "DATABASE_URL": url,
        "DIRECT_DATABASE_URL": direct_address(url),
        "PGHOST": str(sockets),
        "PGPORT": "5432",
        "PGUSER": "postgres",
        "PGDATABASE": DATABASE,
        "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), str(programs)]),
    }


def _psql_command(sockets: Path) -> str:
    program = "psql" if shutil.which("psql") else str(find_binaries() / "psql")
    return shlex.join([program, "-h", str(sockets), "-p", "5432", "-U", "postgres", DATABASE])


async def _prepare(sockets: Path, *, url: str, migrate: bool) -> None:
    """Create and migrate the database if necessary, one process at a time."""
    server = await _connect(sockets, database="postgres")
    try:
        await server.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        known = "SELECT 1 FROM pg_database WHERE datname = $1"
        if not await server.fetchval(known, DATABASE):
            await server.execute(f'CREATE DATABASE "{DATABASE}"')
            _tell(f"created the database {DATABASE}")
        if migrate:
            await _migrate(sockets, url=url)
    finally:
        await server.close()


async def _migrate(sockets: Path, *, url: str) -> None:
    from devtools import migrations  # noqa: PLC0415 (slow, and not always needed)

    current = await _read_revisions(sockets)
    try:
        if migrations.has_run_all(current):
            return
    except migrations.CommandError as error:
        sys.exit(str(error))
    try:
        await asyncio.to_thread(migrations.migrate, url, output=sys.stderr)
    except migrations.RetiredTablesInUse as error:
        sys.exit(str(error))
    except migrations.CommandError as error:
        sys.exit(
            f"the database could not be migrated: {error}\nIt may have been migrated by another "
            f"branch of your code. Go back to that branch and downgrade, or stop everything that "
            f"uses the database and remove {locate_data(DIRECTORY)} to start with an empty one."
        )


async def _read_revisions(sockets: Path) -> set[str]:
    database = await _connect(sockets, database=DATABASE)
    try:
        rows = await database.fetch("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return set()
    finally:
        await database.close()
    return {row["version_num"] for row in rows}


async def _connect(sockets: Path, *, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(host=str(sockets), port=5432, user="postgres", database=database)


def _execute(command: list[str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execvp(command[0], command)  # noqa: S606 (the command of the caller)
    except FileNotFoundError:
        _tell(f"there is no program named {command[0]}")
        sys.exit(NOT_FOUND)
    except OSError as error:
        _tell(f"cannot run {command[0]}: {error.strerror}")
        sys.exit(NOT_EXECUTABLE)


def _tell(line: str) -> None:
    print(f"with_database: {line}", file=sys.stderr, flush=True)


def main() -> NoReturn:
    """Read the command line and run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m devtools.with_database",
        description="Run a command with DATABASE_URL set, to an embedded PostgreSQL if necessary.",
    )
    parser.add_argument("--no-migrate", action="store_true", help="leave the database as it is")
    parser.add_argument(
        "--with-servers", action="store_true", help="start the other servers of development too"
    )
    parser.add_argument("command", help="the program to run")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    options = parser.parse_args()
    try:
        run_with_database(
            [options.command, *options.arguments],
            migrate=not options.no_migrate,
            with_servers=options.with_servers,
        )
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
