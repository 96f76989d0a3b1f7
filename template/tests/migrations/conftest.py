"""A database of a test's own that has all migrations, and Alembic on it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TextIO

import pytest
from alembic.config import Config
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from devtools.test_databases import copy_database, drop_database

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def migrated(server: URL, database_template: str) -> AsyncIterator[AsyncEngine]:
    url = await copy_database(server, template=database_template)
    engine = create_async_engine(url)
    yield engine
    await engine.dispose()
    await drop_database(server, name=str(url.database))


def alembic_for(engine: AsyncEngine, output: TextIO = sys.stdout) -> Config:
    config = Config(ROOT / "alembic.ini", stdout=output)
    config.attributes["url"] = engine.url.render_as_string(hide_password=False)
    return config
