"""The database is compared with the migrations of the code; readiness says which is older."""

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db.revisions import pending_migrations, read_scripts
from tests.core.conftest import Reopen, Serve

SCRIPTS = read_scripts()
HEADS = set(SCRIPTS.get_heads())
BRANCH = "accounts"
HEAD = str(SCRIPTS.get_revision(f"{BRANCH}@head").revision)


async def test_a_database_with_every_migration_is_current(committed_database: AsyncEngine) -> None:
    async with committed_database.connect() as connection:
        rows = set(await connection.scalars(text("select version_num from alembic_version")))
    assert pending_migrations(rows) == set()


def test_an_empty_database_lacks_every_branch() -> None:
    assert pending_migrations(()) == HEADS


def test_a_database_without_a_branch_is_older() -> None:
    without = {one for one in HEADS if BRANCH not in SCRIPTS.get_revision(one).branch_labels}
    applied = {one.revision for one in SCRIPTS.iterate_revisions(tuple(without), "base")}
    assert pending_migrations(without) == {HEAD} - applied


def test_a_database_that_newer_code_has_migrated_is_not_older() -> None:
    assert pending_migrations((HEADS - {HEAD}) | {"newer"}) == set()
    assert pending_migrations({"newer"}) == set()


CHANGES = {
    "empty": "drop table alembic_version",
    "older": "delete from alembic_version",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_service_is_unready_while_migrations_are_pending(
    serve: Serve, committed_database: AsyncEngine, change: str
) -> None:
    async with committed_database.begin() as connection:
        await connection.execute(text(change))
    answer = await serve().get("/health/ready")
    assert answer.status_code == 503
    details = answer.json()["error"]["details"]
    assert [(one["field"], one["code"]) for one in details] == [("database", "migrations_pending")]
    assert "alembic upgrade heads" in details[0]["message"]


async def test_a_role_that_cannot_read_the_migrations_is_ready(
    serve: Serve, reopen: Reopen, committed_database: AsyncEngine
) -> None:
    role = f"probe_{committed_database.url.database}"
    url = committed_database.url.set(username=role).render_as_string(hide_password=False)
    async with committed_database.begin() as connection:
        await connection.execute(text(f'create role "{role}" login'))
    try:
        async with reopen(database_url=SecretStr(url)):
            assert (await serve().get("/health/ready")).is_success
    finally:
        async with committed_database.begin() as connection:
            await connection.execute(text(f'drop role "{role}"'))
