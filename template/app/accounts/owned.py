"""Rows that belong to a user, which no other user can read or change.

    class Note(Owned, Base): ...

    @router.get("/{note_id}")
    async def read_note(session: OwnReadSession, note_id: UUID) -> DataResponse[Note]:
        return DataResponse(await notes.get_note(session, note_id))

    async def get_note(session: OwnerSession, note_id: UUID) -> Note: ...

An `OwnerSession` reads and writes the rows of one user, whatever the statement says: another user's
note is not found. A service function that needs it says so in its signature, and a plain session is
a type error. In a plain session a statement on an owned table raises `OwnerUnknownError` unless it
names the owner: `select(Note).options(owned_by(user_id))`, or `.options(ALL_OWNERS)` in a job or a
command.

The check runs when a statement is compiled, once for each distinct statement. Statements without an
owned table cost nothing.
"""

from typing import Annotated, Any, NewType
from uuid import UUID

from fastapi import Depends
from sqlalchemy import ForeignKey, Table, bindparam, event, inspect, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.compiler import SQLCompiler, StrSQLCompiler

from app.accounts.dependencies import CurrentUser
from app.accounts.models import User
from app.core.db import ReadOnlySession, ReadSessionLocal, Session

_OWNER = "owner_id"
_CRITERIA = "criteria"


OwnerSession = NewType("OwnerSession", AsyncSession)
"""A session that is limited to the rows of one user."""


class OwnerUnknownError(RuntimeError):
    """A statement reads or writes an owned table without naming the owner."""


class OwnedTable(Table):
    """The table of an `Owned` class."""

    inherit_cache = True


class Owned:
    """Mixin for a model with one owner a row; rows are deleted with their owner."""

    __table_cls__ = OwnedTable

    @declared_attr
    def owner_id(self) -> Mapped[UUID]:
        """The user who owns the row."""
        return mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)


ALL_OWNERS = with_loader_criteria(Owned, lambda _: true(), include_aliases=True)
"""The option of a statement on the rows of every user."""


def owned_by(owner_id: UUID) -> LoaderCriteriaOption:
    """Return the option of a statement on the rows of one user."""
    return with_loader_criteria(
        Owned, lambda owned: owned.owner_id == owner_id, include_aliases=True
    )


_OWN_ROWS = with_loader_criteria(
    Owned, lambda owned: owned.owner_id == bindparam("owner_of_session"), include_aliases=True
)
"""The rows of the owner of a read session; one object, so that a statement is compiled once."""


async def get_own_session(session: Session, user: CurrentUser) -> OwnerSession:
    """Return the request's session, limited to the rows of the logged-in user.

    It is the one session of the request, so guards share its transaction. A new row without an
    owner gets the user as its owner.
    """
    return limit_to_owner(session, user.id)


async def get_own_read_session(user: CurrentUser) -> OwnerSession:
    """Return a read session that is limited to the rows of the logged-in user."""
    return limit_to_owner(ReadSessionLocal(), user.id)


OwnSession = Annotated[OwnerSession, Depends(get_own_session)]
OwnReadSession = Annotated[OwnerSession, Depends(get_own_read_session)]


def limit_to_owner(session: AsyncSession, owner_id: UUID) -> OwnerSession:
    """Limit a session to the rows of one user until it is closed, as in a job for that user."""
    if isinstance(session, ReadOnlySession):
        session.restrict(_OWN_ROWS, owner_of_session=owner_id)
        return OwnerSession(session)
    session.info.update({_OWNER: owner_id, _CRITERIA: owned_by(owner_id)})
    event.listen(session.sync_session, "do_orm_execute", _add_owner)
    event.listen(session.sync_session, "before_flush", _set_owner)
    return OwnerSession(session)


def _add_owner(state: ORMExecuteState) -> None:
    state.statement = state.statement.options(state.session.info[_CRITERIA])


def _set_owner(session: SyncSession, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
    owner_id = session.info[_OWNER]
    for row in (*session.new, *session.dirty):
        if not isinstance(row, Owned):
            continue
        if row.owner_id is None:
            row.owner_id = owner_id
        if row.owner_id != owner_id:
            message = f"{type(row).__name__}.owner_id is not the owner of this session"
            raise OwnerUnknownError(message)


@compiles(OwnedTable)
def _compile_owned_table(table: OwnedTable, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    """Compile the name of an owned table, provided that the statement names the owner."""
    # SQLAlchemy compiles a table here whichever way it got into the statement (a join, a subquery,
    # a relationship, plain Core), so no statement on an owned table bypasses the check.
    if not _has_owner(table, compiler, writes=bool(options.get("iscrud"))):
        message = (
            f"a statement on {table.name} does not name the owner: declare OwnSession or "
            f"OwnReadSession in the route, or give it .options(owned_by(…)) or .options(ALL_OWNERS)"
        )
        raise OwnerUnknownError(message)
    return compiler.visit_table(table, **options)


def _has_owner(table: OwnedTable, compiler: SQLCompiler, *, writes: bool) -> bool:
    """Return whether criteria name the owner, or the ORM flushes rows that a session holds."""
    attributes: dict[Any, Any] = getattr(compiler, "_global_attributes", {})
    by_flush = writes and "toplevel_orm" not in attributes
    is_printed = isinstance(compiler, StrSQLCompiler)  # str(statement) is never executed
    return by_flush or is_printed or any(_is_criteria_of(table, key) for key in attributes)


def _is_criteria_of(table: OwnedTable, key: object) -> bool:
    match key:
        case ("additional_entity_criteria", mapper):
            return table.key in {known.key for known in inspect(mapper).tables}
        case _:
            return False
