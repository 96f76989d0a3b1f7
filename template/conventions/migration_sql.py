"""The SQL of migrations, rendered without a database, for squawk.

Each part of the SQL remembers the line of the migration that wrote it, so that a finding of squawk
is reported, and can be accepted, at that line. A migration that reads rows finds none.
"""

import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple

from alembic.operations import BatchOperations, Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.mock import MockConnection

from conventions.migration import Migration
from conventions.service import Service

PREAMBLE = "SET lock_timeout = '5s';\nBEGIN;\n"


class Statement(NamedTuple):
    """A statement, and the line of the migration that sends it."""

    line: int
    sql: str


@dataclass(frozen=True)
class RenderedSql:
    """The SQL of a migration.

    Attributes:
        migration: The migration.
        text: The SQL.
        lines: For each line of the SQL, that of the migration.
        statements: The statements in the SQL.
        error: The exception that ended it; `None` if the SQL is whole.
    """

    migration: Migration
    text: str
    lines: list[int]
    statements: list[Statement]
    error: Exception | None


class Risk(NamedTuple):
    """A finding of squawk."""

    migration: Migration
    line: int
    name: str
    sql: str
    message: str


@cache
def rendered_migrations(service: Service) -> tuple[RenderedSql, ...]:
    """Return the SQL of every migration."""
    return tuple(render(one, "upgrade") for one in service.migrations)


@cache
def risks(service: Service) -> tuple[Risk, ...]:
    """Return the findings of squawk, at the lines of the migrations."""
    rendered = {f"{one.migration.script.revision}.sql": one for one in rendered_migrations(service)}
    found = service.squawk({name: one.text for name, one in rendered.items()})
    return tuple(_risk(rendered[one["file"]], one) for one in found)


def _risk(rendered: RenderedSql, found: dict[str, Any]) -> Risk:
    at = found["line"]
    sql = rendered.text.splitlines()[at].strip()
    return Risk(rendered.migration, rendered.lines[at], found["rule_name"], sql, found["message"])


def render(migration: Migration, name: str) -> RenderedSql:
    """Return the SQL of `upgrade` or `downgrade`."""
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it announces each of them
    output = _Output(migration.script.path)
    output.write(PREAMBLE)
    options = {"as_sql": True, "output_buffer": output, "literal_binds": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    context.impl.connection = _Connection(context)  # type: ignore[assignment] - the part in use
    error: Exception | None = None
    with Operations.context(context) as operations:
        operations.batch_alter_table = partial(  # type: ignore[method-assign] - only here
            _batch_at_once, operations, operations.batch_alter_table
        )
        try:
            getattr(migration.script.module, name)()
        except Exception as caught:  # noqa: BLE001 - it is reported at the migration
            error = caught
    output.write("COMMIT;\n")
    return RenderedSql(migration, output.getvalue(), output.lines, output.statements[1:-1], error)


@contextmanager
def _batch_at_once(
    operations: Operations,
    begin: Callable[..., AbstractContextManager[BatchOperations]],
    *arguments: Any,  # noqa: ANN401 - those of `batch_alter_table`
    **options: Any,  # noqa: ANN401 - as above
) -> Iterator[BatchOperations]:
    """Write each operation of a batch at its own line, not all at the end of the batch."""
    with begin(*arguments, **options) as batch:
        batch.impl.batch = _AtOnce(operations)
        yield batch


class _AtOnce(list[Any]):
    """The operations of a batch: one that is added is carried out and forgotten."""

    def __init__(self, operations: Operations) -> None:
        super().__init__()
        self._operations = operations

    def append(self, operation: tuple[str, Any, Any]) -> None:
        """Carry out an operation."""
        name, arguments, options = operation
        getattr(self._operations.impl, name)(*arguments, **options)


class _Output(io.StringIO):
    """Collects SQL, and the line of the migration that wrote each line."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.lines: list[int] = []
        self.statements: list[Statement] = []
        self._path = path

    def write(self, text: str) -> int:
        """Write text for the innermost line of the migration that now runs."""
        frame = sys._getframe(1)
        while frame.f_back and frame.f_code.co_filename != self._path:
            frame = frame.f_back
        line = frame.f_lineno if frame.f_code.co_filename == self._path else 1
        self.lines += [line] * text.count("\n")
        self.statements.append(Statement(line, text))
        return super().write(text)


class _NoRows:
    """The result of a statement: no rows."""

    rowcount = 0

    def _rows(self, *_: object, **__: object) -> "_NoRows":
        return self

    def _all(self, *_: object, **__: object) -> list[Any]:
        return []

    def _none(self, *_: object, **__: object) -> None:
        return None

    scalars = mappings = tuples = yield_per = execution_options = _rows
    all = fetchall = fetchmany = partitions = columns = _all
    first = fetchone = one_or_none = scalar = scalar_one_or_none = close = _none

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class _Connection(MockConnection):
    """Stands in for a connection: writes SQL, and has no rows."""

    def __init__(self, context: MigrationContext) -> None:
        super().__init__(postgresql.dialect(), context.impl.execute)

    def execute(self, obj: Any, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - those of the parent
        """Write a statement."""
        self._execute_impl(obj)
        return _NoRows()

    exec_driver_sql = execute
    scalars = execute

    def scalar(self, statement: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - as above
        """Write a statement."""
        self._execute_impl(statement)

    @contextmanager
    def begin(self) -> Iterator["_Connection"]:
        """Begin a transaction, which nothing needs."""
        yield self

    begin_nested = begin

    def commit(self) -> None:
        """End the transaction, which is none."""

    rollback = close = commit
