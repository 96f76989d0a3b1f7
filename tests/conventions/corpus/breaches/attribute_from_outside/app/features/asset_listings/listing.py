"""Lists of equipment in the order that the client wants."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, select

from app.accounts.owned import OwnerSession
from app.features.asset_listings.models import Asset
from app.features.asset_listings.schemas import AssetQuery


def ordered(query: AssetQuery) -> Select[Asset]:
    """Select equipment in an order."""
    column = getattr(Asset, query.sort.lstrip("-"))  # breach: attribute-from-outside
    return select(Asset).order_by(column.desc() if query.sort.startswith("-") else column)


def filtered(query: AssetQuery) -> Select[Asset]:
    """Select equipment by one field."""
    return select(Asset).filter_by(**{query.field: query.value})  # breach: attribute-from-outside


def columns_of(names: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """Select some columns of equipment."""
    table = Asset.__table__
    return select(*(table.c[name] for name in names))  # breach: attribute-from-outside


class AssetTable:
    """Equipment as a table."""

    def __init__(self, rows: Sequence[Asset]) -> None:
        """Take the rows."""
        self.rows = rows

    def column(self, name: str) -> list[str]:
        """Return one field of every row."""
        read = attrgetter(name)
        return [str(read(row)) for row in self.rows]  # breach: attribute-from-outside


async def list_fields(session: OwnerSession, query: AssetQuery) -> list[str]:
    """Return one field of the owner's first equipment."""
    rows = (await session.scalars(ordered(query).limit(100))).all()
    return AssetTable(rows).column(query.field)


async def find_names(session: OwnerSession, query: AssetQuery) -> list[str]:
    """Return the names of the owner's first equipment with a value."""
    rows = await session.scalars(filtered(query).order_by(Asset.id).limit(100))
    return [asset.name for asset in rows]


async def read_columns(session: OwnerSession, query: AssetQuery) -> list[str]:
    """Return some columns of the owner's first equipment, line by line."""
    statement = columns_of(query.columns).order_by(Asset.id).limit(100)
    return [" ".join(map(str, row)) for row in await session.execute(statement)]
