"""Statements and databases of a benchmark, in the PostgreSQL of the service."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from benchmarks.serving import Bench


def execute(bench: Bench, *statements: str, url: str | None = None) -> list[list[Any]]:
    """Run statements, and return the rows of the last one.

    Args:
        bench: The bench of the service.
        statements: Each runs in a transaction of its own.
        url: The database, if it is not that of the service.
    """
    output = bench.run("sql.py", *statements, DATABASE_URL=url or bench.environment["DATABASE_URL"])
    rows: list[list[Any]] = json.loads(output)
    return rows


@contextmanager
def new_database(bench: Bench, name: str) -> Iterator[str]:
    """Yield the URL of a migrated database without rows, dropped afterwards."""
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    execute(bench, drop, f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(bench.environment["DATABASE_URL"])._replace(path=f"/{name}"))
    environment = {**bench.environment, "DATABASE_URL": url}
    command = [bench.python, "-m", "alembic", "upgrade", "heads"]
    try:
        subprocess.run(command, cwd=bench.service, env=environment, check=True, capture_output=True)
        yield url
    finally:
        execute(bench, drop)
