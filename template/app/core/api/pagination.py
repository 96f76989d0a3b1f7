"""Lists: bounded pages by keyset cursor, with filters and orders declared in a query model.

    class SymbolQuery(ListQuery):
        sort: Annotated[
            Literal["ticker", "-ticker", "created_at", "-created_at"],
            Orders(ticker=[Symbol.ticker], created_at=[Symbol.created_at, Symbol.id]),
        ] = "ticker"
        currency: Annotated[Currency | None, Filter(Symbol.currency.__eq__)] = None

    @router.get("", response_model=PageEnvelope[SymbolOut])
    async def list_symbols(
        session: ReadSession, query: Annotated[SymbolQuery, Query()]
    ) -> Page[Symbol]:
        return await paginate(session, select(Symbol), query)

A page takes one statement, however far it is in the list. The cursor contains the sort values of
the last row; it is signed together with the filters and the order of its list.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, TypeVarTuple, overload

from pydantic import Field, TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import BindParameter, ColumnElement, Integer, Row, Select, bindparam, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.api.envelope import Page, PageMeta
from app.core.api.schemas import RequestModel
from app.core.db.statements import derived_once
from app.core.errors import BadRequest
from app.core.signing import sign, unsign

MAX_PAGE_SIZE = 1000

_ROWS = "rows_of_page"

RowT = TypeVar("RowT")
Columns = TypeVarTuple("Columns")
SelectT = TypeVar("SelectT", bound=Select[*tuple[Any, ...]])


class InvalidCursor(BadRequest):
    """The cursor is invalid, or belongs to another list, filter or order."""

    code = "invalid_cursor"
    message = "The cursor is invalid or belongs to another list; request the first page."


class Orders:
    """The orders of a list by name; the columns of each must be unique together."""

    def __init__(self, **columns: Sequence[InstrumentedAttribute[Any]]) -> None:
        """Declare the columns of each order.

        Raises:
            ValueError: A column is nullable. A comparison with null is never true, so the rows
                with nulls would be missing from every page but the first.
        """
        for name, keys in columns.items():
            if nullable := [key.key for key in keys if key.nullable]:
                message = f"order {name!r} sorts by {nullable[0]!r}, which may be null"
                raise ValueError(message)
        self.columns = {name: tuple(keys) for name, keys in columns.items()}


@dataclass(frozen=True)
class Filter:
    """The condition of a query parameter: `Filter(Symbol.currency.__eq__)`."""

    clause: Callable[[Any], ColumnElement[bool]]


class ListQuery(RequestModel):
    """The query parameters of a list; subclass it with `sort` and filters."""

    limit: int = Field(
        default=100, ge=1, le=MAX_PAGE_SIZE, description="Maximum number of items.", examples=[100]
    )
    cursor: str | None = Field(
        default=None,
        max_length=2000,
        pattern=r"^[A-Za-z0-9_.\-]+$",
        description="The `next_cursor` of the previous page.",
    )

    def filters(self) -> Iterator[ColumnElement[bool]]:
        """Yield the condition of each filter in the request."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            for part in field.metadata:
                if isinstance(part, Filter) and value is not None:
                    yield part.clause(value)

    def order(self) -> "Order":
        """Return the requested order.

        Raises:
            TypeError: The model has no `sort` with `Orders`, or `Orders` lacks the requested one.
        """
        sort: str = getattr(self, "sort", "")
        metadata = type(self).model_fields["sort"].metadata if sort else []
        for part in metadata:
            if isinstance(part, Orders) and sort.removeprefix("-") in part.columns:
                return Order(part.columns[sort.removeprefix("-")], descending=sort.startswith("-"))
        message = f"{type(self).__name__}.sort needs Orders(…) with {sort!r} in it"
        raise TypeError(message)

    def cursor_salt(self, scope: str) -> str:
        """Return the salt of the signatures of this list's cursors."""
        # The salt contains everything that determines the next rows: the list, its scope, the
        # filters and the order. A cursor of another list, user or filter has another signature
        # and is refused, so it can neither skip rows nor reveal the sort values of others.
        selection = self.model_dump_json(exclude={"limit", "cursor"})
        return f"cursor:{type(self).__qualname__}:{scope}:{selection}"


@dataclass(frozen=True)
class Order:
    """The columns of an order and their direction."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    descending: bool

    def clauses(self) -> list[ColumnElement[Any]]:
        """Return the arguments of `order_by`."""
        return [key.desc() if self.descending else key.asc() for key in self.columns]

    def after(self, values: Sequence[Any]) -> ColumnElement[bool]:
        """Return the condition for the rows after the one with these sort values."""
        # One comparison of tuples, (created_at, id) > (…, …), instead of the equivalent "greater,
        # or equal and the next one greater": PostgreSQL starts an index scan right at the tuple.
        # It only works with one direction for all columns.
        keys, last = tuple_(*self.columns), tuple_(*values)
        return keys < last if self.descending else keys > last

    def values_of(self, row: object) -> list[Any]:
        """Return the sort values of a row."""
        return [getattr(row, key.key) for key in self.columns]

    def write_cursor(self, row: object, *, salt: str) -> str:
        """Return the cursor for the rows after this one."""
        return sign(to_jsonable_python(self.values_of(row)), salt=salt)

    def read_cursor(self, cursor: str, *, salt: str) -> list[Any]:
        """Return the sort values in a cursor.

        Raises:
            InvalidCursor: The cursor was changed, or has another salt.
        """
        try:
            values = unsign(cursor, salt=salt)
            return [
                _adapter_for(column.type.python_type).validate_python(value)
                for column, value in zip(self.columns, values, strict=True)
            ]
        except (ValueError, TypeError):
            raise InvalidCursor from None


@cache
def _adapter_for(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)  # creating one takes longer than the query


@overload
async def paginate(
    session: AsyncSession, statement: Select[RowT], query: ListQuery, *, scope: str = ""
) -> Page[RowT]: ...


@overload
async def paginate(
    session: AsyncSession, statement: Select[*Columns], query: ListQuery, *, scope: str = ""
) -> Page[Row[*Columns]]: ...


async def paginate(
    session: AsyncSession, statement: Select[Any], query: ListQuery, *, scope: str = ""
) -> Page[Any]:
    """Return one page of a list, in one statement.

    Args:
        session: Any session; a `ReadSession` is sufficient.
        statement: A `select` of one entity or of columns, those of the order among them, without
            order and limit. Columns cost half as much.
        query: The limit, cursor, order and filters of the request.
        scope: Anything else that determines the rows, such as an identifier in the path.

    Raises:
        InvalidCursor: The cursor is not one of this list.
    """
    order, salt = query.order(), query.cursor_salt(scope)
    values: dict[str, Any] = {_ROWS: query.limit + 1}
    if query.cursor is not None:
        last = order.read_cursor(query.cursor, salt=salt)
        values |= {_last(position): value for position, value in enumerate(last)}
    page = _page(statement, order, query.cursor is None)
    if filters := tuple(query.filters()):
        page = page.where(*filters)
    result = await session.execute(page, values)
    rows: list[Any] = list(result.scalars() if len(result.keys()) == 1 else result)
    return build_page(rows, limit=query.limit, order=order, salt=salt)


@derived_once
def _page(statement: Select[Any], order: Order, is_first: bool) -> Select[Any]:  # noqa: FBT001 - part of a key
    """Return the statement of a page, with its limit and the last row as parameters."""
    last = [bindparam(_last(n), type_=column.type) for n, column in enumerate(order.columns)]
    rows = bindparam(_ROWS, type_=Integer())
    return _limit(statement, order, after=None if is_first else last, rows=rows)


def _last(position: int) -> str:
    return f"last_of_page_{position}"


def _limit(
    statement: SelectT, order: Order, *, after: Sequence[Any] | None, rows: int | BindParameter[Any]
) -> SelectT:
    if after is not None:
        statement = statement.where(order.after(after))
    return statement.order_by(*order.clauses()).limit(rows)


def select_page(statement: SelectT, query: ListQuery, *, scope: str = "") -> SelectT:
    """Return the statement for one page and one row more, which tells whether another follows.

    Use it with `build_page` where the page is part of something else; `paginate` does both.

    Args:
        statement: A `select` with the columns of the order, without order and limit.
        query: The limit, cursor, order and filters of the request.
        scope: Anything else that determines the rows, such as an identifier in the path.

    Raises:
        InvalidCursor: The cursor is not one of this list.
    """
    order, last = query.order(), None
    if query.cursor is not None:
        last = order.read_cursor(query.cursor, salt=query.cursor_salt(scope))
    statement = statement.where(*query.filters())
    return _limit(statement, order, after=last, rows=query.limit + 1)


def build_page(rows: list[RowT], *, limit: int, order: Order, salt: str) -> Page[RowT]:
    """Return the first `limit` rows as a page, with a cursor if there are more.

    Args:
        rows: Up to `limit + 1` rows in the list's order.
        limit: The maximum number of items on the page.
        order: The order of the list.
        salt: The result of `query.cursor_salt`.
    """
    has_more = len(rows) > limit
    cursor = order.write_cursor(rows[limit - 1], salt=salt) if has_more else None
    return Page(rows[:limit], PageMeta(limit=limit, next_cursor=cursor))
