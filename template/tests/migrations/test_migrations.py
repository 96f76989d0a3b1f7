"""Every migration runs up, down and up again on PostgreSQL, and matches the models."""

import asyncio
import io
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.util import to_tuple
from sqlalchemy import URL, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.db import Base
from app.features import FEATURES
from app.modules import MODULES
from devtools.test_databases import copy_database, drop_database
from migrations.branches import kept_tables
from tests.migrations.conftest import ROOT, alembic_for

SCRIPTS = ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))
SECONDS_TO_GIVE_UP = 60
BRANCHES = sorted({label for script in SCRIPTS.walk_revisions() for label in script.branch_labels})


def scripts_of(branch: str) -> list[Script]:
    """Return the branch's own migrations, the newest first, without those that it depends on."""
    scripts = SCRIPTS.iterate_revisions(f"{branch}@head", "base")
    return [script for script in scripts if branch in script.branch_labels]


async def tables(connection: AsyncConnection) -> set[str]:
    names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    return set(names) - {"alembic_version"}


async def test_the_newest_migrations_match_the_models(migrated: AsyncEngine) -> None:
    await asyncio.to_thread(command.check, alembic_for(migrated))


async def test_migrations_make_every_table_of_the_models(migrated: AsyncEngine) -> None:
    modules = [module.name for module in (*MODULES, *FEATURES)]
    kept = kept_tables(SCRIPTS, modules=modules)  # of modules that are switched off
    async with migrated.connect() as connection:
        assert await tables(connection) == {*Base.metadata.tables, *kept}


async def test_all_migrations_go_down_to_nothing_and_up_again(migrated: AsyncEngine) -> None:
    config = alembic_for(migrated)
    await asyncio.to_thread(command.downgrade, config, "base")
    async with migrated.connect() as connection:
        assert await tables(connection) == set()
    await asyncio.to_thread(command.upgrade, config, "heads")
    await asyncio.to_thread(command.check, config)


@pytest.mark.parametrize("branch", BRANCHES)
async def test_a_branch_goes_step_by_step_down_and_up(migrated: AsyncEngine, branch: str) -> None:
    config = alembic_for(migrated)
    for script in scripts_of(branch):
        below = to_tuple(script.down_revision, default=(f"{branch}@base",))
        await asyncio.to_thread(command.downgrade, config, below[0])
        await asyncio.to_thread(command.upgrade, config, "heads")
    await asyncio.to_thread(command.check, config)


def test_a_branch_lies_in_the_folder_of_its_name() -> None:
    for branch in BRANCHES:
        strays = [s.path for s in scripts_of(branch) if Path(s.path).parent.name != branch]
        assert strays == [], f"move them to migrations/versions/{branch}/"


async def test_an_upgrade_says_what_it_did(migrated: AsyncEngine) -> None:
    output = io.StringIO()
    config = alembic_for(migrated, output)
    newest = scripts_of("accounts")[0]
    await asyncio.to_thread(command.upgrade, config, "heads")
    await asyncio.to_thread(command.downgrade, config, str(newest.down_revision or "accounts@base"))
    await asyncio.to_thread(command.upgrade, config, "heads")
    lines = output.getvalue().splitlines()
    assert lines[0] == "Nothing to migrate: the database has every migration."
    done = f"accounts/{newest.revision}: {newest.doc}"
    assert {f"Reverted {done}", f"Applied {done}"} <= set(lines)


async def test_several_processes_can_migrate_at_once(server: URL) -> None:
    address = await copy_database(server, template="template1")
    variables = os.environ | {"DATABASE_URL": address.render_as_string(hide_password=False)}
    program = [sys.executable, "-m", "alembic", "upgrade", "heads"]
    processes = [
        await asyncio.create_subprocess_exec(*program, cwd=ROOT, env=variables, stdout=PIPE)
        for _ in range(4)
    ]
    outputs = [(await process.communicate())[0].decode() for process in processes]
    await drop_database(server, name=str(address.database))
    assert [process.returncode for process in processes] == [0] * 4
    assert sum("Applied" in output for output in outputs) == 1, outputs


async def test_a_migration_does_not_wait_long_for_a_lock(
    migrated: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRATION_LOCK_TIMEOUT_SECONDS", "0.1")
    config = alembic_for(migrated)
    await asyncio.to_thread(command.ensure_version, config)
    async with migrated.begin() as holder:
        await holder.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))
        upgrading = asyncio.create_task(asyncio.to_thread(command.upgrade, config, "heads"))
        done, _ = await asyncio.wait([upgrading], timeout=SECONDS_TO_GIVE_UP)
    assert done, "the migration still waits"
    with pytest.raises(DBAPIError, match="lock timeout"):
        await upgrading


def test_migrations_do_not_go_through_a_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://pooler.example.com/app")
    monkeypatch.setenv("DATABASE_POOLER", "transaction")
    monkeypatch.setenv("MIGRATION_DATABASE_URL", "")
    with pytest.raises(SystemExit, match="set MIGRATION_DATABASE_URL"):
        command.current(Config(ROOT / "alembic.ini"))
