"""The migrations of the code, compared with those that a database has run."""

import asyncio
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.db.session import ReadSessionLocal
from app.core.errors import Unavailable

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parents[3] / "migrations"
UNDEFINED_TABLE, INSUFFICIENT_PRIVILEGE = "42P01", "42501"


class MigrationsPending(Unavailable):
    """The database is empty, or older than the code."""

    code = "migrations_pending"
    message = "The database lacks migrations of this version: run `alembic upgrade heads`."


async def check_database() -> None:
    """Check that the database responds, and that it has every migration of the code.

    Raises:
        MigrationsPending: It lacks one.
    """
    try:
        async with ReadSessionLocal() as session:
            rows = await session.scalars(text("SELECT version_num FROM alembic_version"))
            current = set(rows)
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == INSUFFICIENT_PRIVILEGE:  # of a role that does not run the migrations
            return
        if state != UNDEFINED_TABLE:
            raise
        current = set[str]()
    if await asyncio.to_thread(pending_migrations, current):
        raise MigrationsPending


def pending_migrations(current: Collection[str]) -> set[str]:
    """Return the newest migration of each branch in which a database is older than the code.

    Args:
        current: The rows of its table `alembic_version`.
    """
    scripts = read_scripts()
    every = {script.revision: script for script in scripts.walk_revisions()}
    known = [revision for revision in current if revision in every]
    applied = {script.revision for script in scripts.iterate_revisions(tuple(known), "base")}
    missing = {revision for revision in scripts.get_heads() if revision not in applied}
    if len(known) == len(current):
        return missing
    # Newer code has migrated this database, as during a deployment. Its revisions are unknown here
    # and replace the known ones of their branches; a branch is older only if it has a known one.
    older = {label for revision in known for label in every[revision].branch_labels}
    return {revision for revision in missing if every[revision].branch_labels & older}


@cache
def read_scripts() -> "ScriptDirectory":
    """Return the migrations of the code; imports each of them, so call it in a thread."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - needed by few processes

    versions = MIGRATIONS / "versions"
    return ScriptDirectory(
        MIGRATIONS, version_locations=[versions], recursive_version_locations=True
    )
