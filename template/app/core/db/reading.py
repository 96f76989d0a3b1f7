"""Sessions that only read: no transaction, and no connection between two statements.

    NOTES = select(Note.id, Note.text)  # built once
    NOTE = NOTES.where(Note.id == bindparam("note_id"))

    row = (await session.execute(NOTE, {"note_id": note_id})).one_or_none()

Each statement takes a connection of the pool, in AUTOCOMMIT, and gives it back with its last row:
a request holds none while it computes or calls another service. A statement that selects columns
returns plain rows without the loading of the ORM, which costs more than the statement.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Result,
    ScalarResult,
    Select,
    event,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.util import EMPTY_DICT

from app.core.db.connections import WriteInReadSessionError
from app.core.db.statements import derived_once

_Options = Mapping[str, Any]


class ConnectionOfReadSessionError(RuntimeError):
    """A read session keeps no connection that it could lend: use its `execute`."""


@derived_once
def _with_option(statement: Executable, option: ExecutableOption) -> Executable:
    return statement.options(option)


class ReadOnlySyncSession(SyncSession):
    """The session inside a `ReadOnlySession`: in AUTOCOMMIT, no write could be rolled back."""

    _option: ExecutableOption | None = None
    _values: _Options = EMPTY_DICT

    def restrict(self, option: ExecutableOption, values: _Options) -> None:
        """Apply an option to every statement from now on."""
        self._option, self._values = option, values

    def execute(  # pyrefly: ignore[bad-override] - a read has one set of parameters
        self,
        statement: Executable,
        params: _Options | None = None,
        *,
        execution_options: _Options = EMPTY_DICT,
        **arguments: Any,  # noqa: ANN401 - SQLAlchemy's own
    ) -> Result[Any]:
        """Execute a statement on a connection of its own; the ORM loads what is no column."""
        # Loading of related rows, `get` and `refresh` execute their statements here too.
        if self._option:
            statement = _with_option(statement, self._option)
            params = {**(params or {}), **self._values}
        if not _selects_columns(statement):
            return self._load(statement, params, execution_options, arguments)
        options = self.execution_options | execution_options
        with self._connect() as connection:
            return connection.execute(statement, params, execution_options=options)

    def scalar(self, *args: Any, **arguments: Any) -> Any:  # noqa: ANN401 - those of `execute`
        """Return the first column of the first row, or `None`."""
        return self.execute(*args, **arguments).scalar()

    def scalars(self, *args: Any, **arguments: Any) -> ScalarResult[Any]:  # noqa: ANN401 - those of `execute`
        """Return the first column of each row."""
        return self.execute(*args, **arguments).scalars()

    def connection(self, *_: object, **__: object) -> Connection:
        """Refuse: nothing would give the connection back."""
        raise ConnectionOfReadSessionError(ConnectionOfReadSessionError.__doc__)

    def _load(
        self,
        statement: Executable,
        params: _Options | None,
        options: _Options,
        arguments: _Options,
    ) -> Result[Any]:
        try:
            return super().execute(statement, params, execution_options=options, **arguments)
        finally:
            if transaction := self.get_transaction():
                transaction.close()  # gives the connection back; the objects stay in the session

    def _connect(self) -> AbstractContextManager[Connection]:
        if isinstance(self.bind, Engine):
            return self.bind.connect()
        return nullcontext(cast("Connection", self.bind))  # of a test, which rolls everything back


class ReadOnlySession(AsyncSession):
    """A session without a transaction, for routes that only read."""

    sync_session_class = ReadOnlySyncSession

    def restrict(self, option: ExecutableOption, **values: object) -> None:
        """Restrict every statement from now on to some rows, such as those of one owner.

        Args:
            option: The restriction, as for `Select.options`.
            values: The values of its `bindparam`s.
        """
        cast("ReadOnlySyncSession", self.sync_session).restrict(option, values)


@event.listens_for(ReadOnlySyncSession, "before_flush")
def _refuse_flush(session: SyncSession, *_: object) -> None:
    if session.new or session.dirty or session.deleted:
        raise WriteInReadSessionError(WriteInReadSessionError.__doc__)


def _selects_columns(statement: Executable) -> bool:
    """Return whether a statement selects columns alone, and no entity."""
    return isinstance(statement, Select) and all(
        isinstance(column, ColumnElement) for column in statement._raw_columns
    )
