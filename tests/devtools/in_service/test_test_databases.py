import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from devtools import test_databases
from devtools.postgres import PostgresUnavailable

DEAD_PID = 2**22 + 1  # Beyond the largest pid of Linux and macOS.


def fake_migrate(address: str) -> None:
    async def create_table() -> None:
        engine = create_async_engine(address)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE notes (id int)"))
        await engine.dispose()

    asyncio.run(create_table())


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[URL]:
    """The server that the tests of this service use, with other migrations."""
    (tmp_path / "notes.py").write_text(str(tmp_path))
    monkeypatch.setattr(test_databases, "MIGRATIONS", tmp_path)
    monkeypatch.setattr(test_databases, "migrate", fake_migrate)
    address = test_databases.test_server()
    yield address
    name = f"migrated_{test_databases.digest_migrations(tmp_path)}"
    await test_databases.drop_database(address, name=name)


async def database_names(server: URL) -> set[str]:
    async with test_databases._connected(server) as connection:
        rows = await connection.fetch("SELECT datname FROM pg_database")
    return {row["datname"] for row in rows}


async def run_sql(server: URL, *statements: str) -> None:
    async with test_databases._connected(server) as connection:
        for statement in statements:
            await connection.execute(statement)


async def test_a_template_is_migrated_once_even_when_asked_for_at_once(
    server: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def migrate(address: str) -> None:
        calls.append(address)
        fake_migrate(address)

    monkeypatch.setattr(test_databases, "migrate", migrate)

    names = await asyncio.gather(*(test_databases.migrated_template(server) for _ in range(3)))

    assert len(set(names)) == 1
    assert len(calls) == 1


async def test_copies_have_the_migrations_and_nothing_in_common(server: URL) -> None:
    template = await test_databases.migrated_template(server)
    first, second = [
        await test_databases.copy_database(server, template=template) for _ in range(2)
    ]

    await run_sql(first, "INSERT INTO notes VALUES (1)")
    async with test_databases._connected(second) as connection:
        assert await connection.fetchval("SELECT count(*) FROM notes") == 0

    for copy in (first, second, second):
        await test_databases.drop_database(server, name=str(copy.database))
    assert not {first.database, second.database} & await database_names(server)


async def test_an_interrupted_migration_leaves_no_template(
    server: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise KeyError("a mistake in a migration")

    monkeypatch.setattr(test_databases, "migrate", fail)
    with pytest.raises(KeyError):
        await test_databases.migrated_template(server)
    monkeypatch.setattr(test_databases, "migrate", fake_migrate)

    copy = await test_databases.copy_database(
        server, template=await test_databases.migrated_template(server)
    )
    await run_sql(copy, "SELECT id FROM notes")
    await test_databases.drop_database(server, name=str(copy.database))


async def test_databases_of_dead_processes_and_old_migrations_are_dropped(server: URL) -> None:
    machine, hour = test_databases._machine(), test_databases._this_hour()
    dropped = {
        f"test_{machine}_{DEAD_PID}_{hour}_00000000",
        f"test_00000000_{os.getpid()}_{hour - 25}_00000001",
        "migrated_0000000000000000",
    }
    kept = {
        f"test_{machine}_{os.getpid()}_{hour}_00000002",
        f"test_00000000_{DEAD_PID}_{hour}_00000003",
        "migrated_0000000000000001",
        "test_mine",
    }
    await run_sql(
        server,
        *(f'CREATE DATABASE "{name}" STRATEGY file_copy' for name in sorted(dropped | kept)),
        f"COMMENT ON DATABASE migrated_0000000000000000 IS 'used {hour - 25}'",
        f"COMMENT ON DATABASE migrated_0000000000000001 IS 'used {hour - 23}'",
    )

    await test_databases.migrated_template(server)

    names = await database_names(server)
    await run_sql(server, *(f'DROP DATABASE "{name}"' for name in kept & names))
    assert not dropped & names
    assert kept <= names


def test_the_digest_knows_every_path_and_content_but_no_compiled_file(tmp_path: Path) -> None:
    def digest() -> str:
        return test_databases.digest_migrations(tmp_path)

    revision = tmp_path / "versions" / "one.py"
    revision.parent.mkdir()
    revision.write_text("1")
    digests = [digest()]
    revision.write_text("2")
    digests.append(digest())
    revision.rename(tmp_path / "one.py")
    digests.append(digest())
    (tmp_path / "script.py.mako").touch()
    digests.append(digest())
    assert len(set(digests)) == 4

    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "one.pyc").touch()
    assert digest() == digests[-1]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_given_server_is_used(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", f"{scheme}://me:secret@host")

    url = test_databases.test_server()

    assert (
        url.render_as_string(hide_password=False) == "postgresql+asyncpg://me:secret@host/postgres"
    )


@pytest.mark.parametrize("given", ["", "/dev/shm/mine"])  # noqa: S108 - only compared
def test_the_data_of_an_embedded_server_are_in_the_configured_folder(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[Path] = []

    def lease(directory: Path, **_: object) -> Path:
        places.append(directory)
        return directory

    monkeypatch.setattr(test_databases, "lease_postgres", lease)
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.setenv("TEST_POSTGRES_DIRECTORY", given)
    test_databases.test_server()
    assert places == [Path(given) if given else test_databases.DIRECTORY]


@pytest.mark.parametrize("given", ["mysql://host/x", "no address"])
def test_another_kind_of_address_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", given)

    with pytest.raises(PostgresUnavailable, match="Correct it, or unset it"):
        test_databases.test_server()


async def test_a_server_out_of_reach_is_named_without_its_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        server = URL.create("postgresql+asyncpg", "me", "secret", "127.0.0.1", port, "postgres")

        with pytest.raises(PostgresUnavailable, match="cannot be reached") as refused:
            await test_databases.migrated_template(server)

    assert "secret" not in str(refused.value)


async def test_a_role_without_createdb_gets_the_command_that_grants_it(server: URL) -> None:
    await run_sql(server, "DROP ROLE IF EXISTS weak", "CREATE ROLE weak LOGIN")
    try:
        with pytest.raises(PostgresUnavailable, match="CREATEDB"):
            await test_databases.copy_database(server.set(username="weak"), template="template1")
    finally:
        await run_sql(server, "DROP ROLE weak")


async def test_a_database_that_does_not_exist_cannot_be_copied(server: URL) -> None:
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await test_databases.copy_database(server, template="no_such_template")
