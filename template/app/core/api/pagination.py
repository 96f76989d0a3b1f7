"""Lists: bounded pages by keyset cursor, filters and orders declared in one query model.

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

A page costs one statement. The cursor holds the last row's sort values, signed together with the
filters and the order, so one that was changed or belongs to another list is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from pydantic import Field, TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.api.envelope import Page, PageMeta
from app.core.api.schemas import RequestModel
from app.core.errors import BadRequest
from app.core.signing import sign, unsign

MAX_PAGE_SIZE = 1000

RowT = TypeVar("RowT")
SelectT = TypeVar("SelectT", bound=Select[*tuple[Any, ...]])


class InvalidCursor(BadRequest):
    """The cursor was changed, or belongs to another list, filter or order."""

    code = "invalid_cursor"
    message = "This cursor does not belong to this list. Start again without a cursor."


class Orders:
    """The orders of a list: each a name and the columns that it sorts by, the last ones unique."""

    def __init__(self, **columns: Sequence[InstrumentedAttribute[Any]]) -> None:
        """Take the columns of each order.

        Raises:
            ValueError: A column may be null: such rows would be lost between two pages.
        """
        for name, keys in columns.items():
            if nullable := [key.key for key in keys if key.nullable]:
                message = f"order {name!r} sorts by {nullable[0]!r}, which may be null"
                raise ValueError(message)
        self.columns = columns


@dataclass(frozen=True)
class Filter:
    """What a query parameter demands of a row: `Filter(Symbol.currency.__eq__)`."""

    clause: Callable[[Any], ColumnElement[bool]]


class ListQuery(RequestModel):
    """The query parameters of a list. Add `sort` and filters; others are refused."""

    limit: int = Field(
        default=100, ge=1, le=MAX_PAGE_SIZE, description="The most items of a page.", examples=[100]
    )
    cursor: str | None = Field(
        default=None,
        max_length=2000,
        pattern=r"^[A-Za-z0-9_.\-]+$",
        description="`next_cursor` of the page before.",
    )

    def filters(self) -> Iterator[ColumnElement[bool]]:
        """Yield the demand of each filter that the client set."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            for part in field.metadata:
                if isinstance(part, Filter) and value is not None:
                    yield part.clause(value)

    def order(self) -> "Order":
        """Return what to sort by.

        Raises:
            TypeError: The model has no `sort` with `Orders`, or `Orders` lacks the one asked for.
        """
        sort: str = getattr(self, "sort", "")
        metadata = type(self).model_fields["sort"].metadata if sort else []
        for part in metadata:
            if isinstance(part, Orders) and sort.removeprefix("-") in part.columns:
                return Order(part.columns[sort.removeprefix("-")], descending=sort.startswith("-"))
        message = f"{type(self).__name__}.sort needs Orders(…) with {sort!r} in it"
        raise TypeError(message)

    def cursor_salt(self, scope: str) -> str:
        """Return what a cursor is signed for: all that decides which rows come next."""
        rest = self.model_dump_json(exclude={"limit", "cursor"})
        return f"cursor:{type(self).__qualname__}:{scope}:{rest}"


@dataclass(frozen=True)
class Order:
    """The columns that a list is sorted by, and which way."""

    columns: Sequence[InstrumentedAttribute[Any]]
    descending: bool

    def clauses(self) -> list[ColumnElement[Any]]:
        """Return what `order_by` takes."""
        return [key.desc() if self.descending else key.asc() for key in self.columns]

    def after(self, values: Sequence[Any]) -> ColumnElement[bool]:
        """Return the demand of lying behind the row with these sort values."""
        keys, last = tuple_(*self.columns), tuple_(*values)
        return keys < last if self.descending else keys > last

    def values_of(self, row: object) -> list[Any]:
        """Return a row's sort values."""
        return [getattr(row, key.key) for key in self.columns]

    def write_cursor(self, row: object, *, salt: str) -> str:
        """Return the cursor that goes on after this row."""
        return sign(to_jsonable_python(self.values_of(row)), salt=salt)

    def read_cursor(self, cursor: str, *, salt: str) -> list[Any]:
        """Return the sort values that a cursor holds.

        Raises:
            InvalidCursor: It was changed, or was not written for this purpose.
        """
        try:
            values = unsign(cursor, salt=salt)
            return [
                _reader_of(column.type.python_type).validate_python(value)
                for column, value in zip(self.columns, values, strict=True)
            ]
        except (ValueError, TypeError):
            raise InvalidCursor from None


@cache
def _reader_of(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)  # making one takes longer than the query


async def paginate(
    session: AsyncSession, statement: Select[RowT], query: ListQuery, *, scope: str = ""
) -> Page[RowT]:
    """Return one page of a list, in one statement.

    Args:
        session: A read session will do.
        statement: A `select` of one entity, without order and limit.
        query: The client's limit, cursor, order and filters.
        scope: What else decides which rows there are, such as an identifier in the path.

    Raises:
        InvalidCursor: The cursor is not one that this list gave out.
    """
    rows = list(await session.scalars(select_page(statement, query, scope=scope)))
    salt = query.cursor_salt(scope)
    return build_page(rows, limit=query.limit, order=query.order(), salt=salt)


def select_page(statement: SelectT, query: ListQuery, *, scope: str = "") -> SelectT:
    """Return the statement for the rows of one page, and one row more to see if there are others.

    `paginate` does it all for entities; use this with `build_page` to read plain columns.

    Args:
        statement: A `select` that has the columns of the order, without order and limit.
        query: The client's limit, cursor, order and filters.
        scope: What else decides which rows there are, such as an identifier in the path.

    Raises:
        InvalidCursor: The cursor is not one that this list gave out.
    """
    order = query.order()
    statement = statement.where(*query.filters())
    if query.cursor is not None:
        last = order.read_cursor(query.cursor, salt=query.cursor_salt(scope))
        statement = statement.where(order.after(last))
    return statement.order_by(*order.clauses()).limit(query.limit + 1)


def build_page(rows: list[RowT], *, limit: int, order: Order, salt: str) -> Page[RowT]:
    """Return the first `limit` rows as a page, with a cursor if there are more.

    Args:
        rows: Up to `limit + 1` rows in the list's order.
        limit: The size of the page.
        order: What the list is sorted by.
        salt: `query.cursor_salt(…)` of the list that the cursor will be given to.
    """
    more = len(rows) > limit
    cursor = order.write_cursor(rows[limit - 1], salt=salt) if more else None
    return Page(rows[:limit], PageMeta(limit, cursor))
