"""The next upgrade drops the tables of a retired branch: all of them, and after confirmation."""

import asyncio
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from migrations import retiring
from tests.migrations.conftest import ROOT, alembic_for

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {below}
branch_labels = {labels}
depends_on = {depends_on}
NAME = "{table}"


def upgrade():
    op.create_table(NAME, sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table(NAME)
"""
# Alembic takes the beginning of an id for the id, so neither may begin another: generated ids are
# hexadecimal, these are not.
FIRST_ID, SECOND_ID = "retirees_1", "retirees_2"
FIRST = MIGRATION.format(
    revision=FIRST_ID, below=None, labels=("retirees",), depends_on="'accounts'", table="retirees"
)
SECOND = MIGRATION.format(
    revision=SECOND_ID, below=repr(FIRST_ID), labels=None, depends_on=None, table="retiree_items"
)
TABLES = {"retirees", "retiree_items"}


@pytest.fixture
async def database(
    migrated: AsyncEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncEngine:
    """A database that has run the two migrations of a branch, which is retired now."""
    (tmp_path / "retirees").mkdir()
    (tmp_path / "retirees/first.py").write_text(FIRST, encoding="utf-8")
    (tmp_path / "retirees/second.py").write_text(SECOND, encoding="utf-8")
    config = alembic_for(migrated)
    config.set_main_option("version_locations", f"{ROOT}/migrations/versions:{tmp_path}")
    await asyncio.to_thread(command.upgrade, config, "heads")
    monkeypatch.setattr(retiring, "RETIRED", tmp_path)
    return migrated


async def upgrade(engine: AsyncEngine) -> None:
    await asyncio.to_thread(command.upgrade, alembic_for(engine), "heads")


async def execute(engine: AsyncEngine, statement: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement))


async def tables_left(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    return TABLES.intersection(names)


async def test_empty_tables_go_at_the_next_upgrade(database: AsyncEngine) -> None:
    await upgrade(database)
    assert await tables_left(database) == set()
    await upgrade(database)
    await asyncio.to_thread(command.check, alembic_for(database))


async def test_rows_are_dropped_only_when_that_is_confirmed(
    database: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await execute(database, "INSERT INTO retirees VALUES (1)")
    with pytest.raises(CommandError, match=r"rows in retirees.*\n?.*DROP_RETIRED_DATA=retirees"):
        await upgrade(database)
    assert await tables_left(database) == TABLES
    monkeypatch.setenv("DROP_RETIRED_DATA", "letters, retirees")
    await upgrade(database)
    assert await tables_left(database) == set()


async def test_nothing_is_dropped_while_something_refers_to_a_table(database: AsyncEngine) -> None:
    await execute(database, "CREATE TABLE mine (parcel_id int REFERENCES retirees)")
    with pytest.raises(CommandError, match="mine"):
        await upgrade(database)
    assert await tables_left(database) == TABLES


async def test_other_commands_refuse_and_name_the_upgrade(database: AsyncEngine) -> None:
    with pytest.raises(CommandError, match="disabled modules: retirees"):
        await asyncio.to_thread(command.check, alembic_for(database))
    assert await tables_left(database) == TABLES


async def test_a_revision_without_its_file_is_explained(
    database: AsyncEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(retiring, "RETIRED", tmp_path / "nowhere")
    with pytest.raises(CommandError, match=f"has run {SECOND_ID}.*git log -S {SECOND_ID}"):
        await upgrade(database)
    assert await tables_left(database) == TABLES
