"""Rows that belong to a user: nobody else can read or change them, not even by mistake.

    class Note(Owned, Base): …

    @router.get("/{note_id}")
    async def read_note(session: OwnReadSession, note_id: UUID) -> Answer[Note]: …

An `OwnSession` sees the rows of the user who is logged in and no others, whatever the statement
says, so a note of somebody else is as good as not there. In any other session a statement that
names an owned table raises `OwnerUnknownError`, unless it says whose rows it means:
`select(Note).options(owned_by(user_id))`, or `.options(ALL_OWNERS)` in a job or a command.

The check is made when a statement is compiled, once for each different statement. It costs nothing
where no owned table is named.
"""

from typing import Annotated, Any, NewType
from uuid import UUID

from fastapi import Depends
from sqlalchemy import ForeignKey, Table, event, inspect, true
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
from app.core.db import ReadSession, Session

_OWNER = "owner_id"
_CRITERIA = "criteria"


class OwnerUnknownError(RuntimeError):
    """A statement names an owned table, but not whose rows it means."""


class OwnedTable(Table):
    """The table of an `Owned` class."""

    inherit_cache = True


class Owned:
    """Mix this into a model whose rows belong to one user each, and go when the user goes."""

    __table_cls__ = OwnedTable

    @declared_attr
    def owner_id(self) -> Mapped[UUID]:
        """Whose row it is."""
        return mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)


ALL_OWNERS = with_loader_criteria(Owned, lambda _: true(), include_aliases=True)
"""The option of a statement that means the rows of every user."""


def owned_by(owner_id: UUID) -> LoaderCriteriaOption:
    """Return the option of a statement that means the rows of one user.

    Args:
        owner_id: The user.
    """
    return with_loader_criteria(
        Owned, lambda owned: owned.owner_id == owner_id, include_aliases=True
    )


OwnerSession = NewType("OwnerSession", AsyncSession)
"""A session that sees and changes the rows of one owner only: a parameter of services."""


async def get_own_session(session: Session, user: CurrentUser) -> OwnerSession:
    """Return the request's session, told that it sees what the user owns and nothing else.

    It is the one session of the request, so what a guard does in it is one transaction with this.
    A new row that has no owner yet gets the user.
    """
    _tell_owner(session, user.id)
    return OwnerSession(session)


async def get_own_read_session(session: ReadSession, user: CurrentUser) -> OwnerSession:
    """Return the read session of a request, told that it sees what the user owns."""
    _tell_owner(session, user.id)
    return OwnerSession(session)


OwnSession = Annotated[OwnerSession, Depends(get_own_session)]
OwnReadSession = Annotated[OwnerSession, Depends(get_own_read_session)]


def _tell_owner(session: AsyncSession, owner_id: UUID) -> None:
    session.info.update({_OWNER: owner_id, _CRITERIA: owned_by(owner_id)})
    event.listen(session.sync_session, "do_orm_execute", _add_owner)
    event.listen(session.sync_session, "before_flush", _keep_owner)


def _add_owner(state: ORMExecuteState) -> None:
    state.statement = state.statement.options(state.session.info[_CRITERIA])


def _keep_owner(session: SyncSession, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
    owner_id = session.info[_OWNER]
    for row in (*session.new, *session.dirty):
        if not isinstance(row, Owned):
            continue
        if row.owner_id is None:
            row.owner_id = owner_id
        if row.owner_id != owner_id:
            message = f"{type(row).__name__}.owner_id is not the user who is logged in"
            raise OwnerUnknownError(message)


@compiles(OwnedTable)
def _name_owned_table(table: OwnedTable, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    """Write the table's name into a statement, if the owner stands there too."""
    if not _names_owner(table, compiler, writes=bool(options.get("iscrud"))):
        message = (
            f"a statement names {table.name}, but not whose rows it means: declare OwnSession or "
            f"OwnReadSession in the route, or give it .options(owned_by(…)) or .options(ALL_OWNERS)"
        )
        raise OwnerUnknownError(message)
    return compiler.visit_table(table, **options)


def _names_owner(table: OwnedTable, compiler: SQLCompiler, *, writes: bool) -> bool:
    """Return whether the ORM has been told the owner, or writes a row that a session holds."""
    told: dict[Any, Any] = getattr(compiler, "_global_attributes", {})
    by_flush = writes and "toplevel_orm" not in told
    shown = isinstance(compiler, StrSQLCompiler)  # for a person: it is not sent anywhere
    return by_flush or shown or any(_is_criteria_of(table, key) for key in told)


def _is_criteria_of(table: OwnedTable, key: object) -> bool:
    match key:
        case ("additional_entity_criteria", mapper):
            return table.key in {known.key for known in inspect(mapper).tables}
        case _:
            return False
