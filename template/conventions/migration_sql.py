"""The SQL of migrations, rendered without a database, for squawk.

Each part of the SQL remembers the line of the migration that wrote it, so that a finding of squawk
is reported, and can be accepted, at that line. A migration that reads rows finds none.
"""

import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql

from conventions.migration import Migration

PREAMBLE = "SET lock_timeout = '5s';\nBEGIN;\n"


@dataclass(frozen=True)
class RenderedSql:
    """The SQL of a migration.

    Attributes:
        migration: The migration.
        text: The SQL.
        lines: For each line of the SQL, that of the migration.
        error: The exception that ended it; `None` if the SQL is whole.
    """

    migration: Migration
    text: str
    lines: list[int]
    error: Exception | None


def render_sql(migration: Migration) -> RenderedSql:
    """Return the SQL of a migration's `upgrade`."""
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it announces each of them
    output = _Output(migration.script.path)
    output.write(PREAMBLE)
    options = {"as_sql": True, "output_buffer": output, "literal_binds": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    context.impl.connection = _NoRows(context)  # type: ignore[assignment] - the part in use
    error: Exception | None = None
    with Operations.context(context):
        try:
            migration.script.module.upgrade()
        except Exception as caught:  # noqa: BLE001 - it is reported at the migration
            error = caught
    output.write("COMMIT;\n")
    return RenderedSql(migration, output.getvalue(), output.lines, error)


class _Output(io.StringIO):
    """Collects SQL, and the line of the migration that wrote each line."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.lines: list[int] = []
        self._path = path

    def write(self, text: str) -> int:
        """Write text for the innermost line of the migration that now runs."""
        frame = sys._getframe(1)
        while frame.f_back and frame.f_code.co_filename != self._path:
            frame = frame.f_back
        is_migration = frame.f_code.co_filename == self._path
        self.lines += [frame.f_lineno if is_migration else 1] * text.count("\n")
        return super().write(text)


class _NoRows:
    """Stands in for a connection and for its results: writes SQL, and has no rows."""

    rowcount = 0

    def __init__(self, context: MigrationContext) -> None:
        self._context = context
        self.dialect = postgresql.dialect()

    def execute(self, statement: Any, *_: object, **__: object) -> "_NoRows":  # noqa: ANN401 - any statement
        self._context.impl.execute(statement)
        return self

    exec_driver_sql = execute

    def scalar(self, statement: Any = None, *_: object, **__: object) -> None:  # noqa: ANN401 - as above
        if statement is not None:
            self.execute(statement)

    def scalars(self, statement: Any = None, *_: object, **__: object) -> "_NoRows":  # noqa: ANN401 - as above
        return self if statement is None else self.execute(statement)

    def mappings(self) -> "_NoRows":
        return self

    def fetchall(self) -> list[Any]:
        return []

    def first(self) -> None:
        return None

    all = partitions = fetchall
    fetchone = one_or_none = scalar_one_or_none = first

    def __iter__(self) -> Iterator[Any]:
        return iter(())
