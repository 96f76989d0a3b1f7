"""Statements of the supplier directory."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, literal_column, select
from sqlalchemy import text as raw
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.supplier_directory import sql
from app.features.supplier_directory.models import Supplier
from app.features.supplier_directory.schemas import SupplierSearch


class SupplierRepository:
    """Reads suppliers in the session of one request."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self._session = session

    async def search(self, query: SupplierSearch) -> Sequence[Row[Any]]:
        """Return the first hundred suppliers whose name contains the term."""
        clauses = ["name ILIKE '%" + query.term + "%'"]
        if query.country:
            clauses.append(sql.conditions({"country": query.country}))
        statement = "SELECT id, name, country FROM suppliers WHERE " + " AND ".join(clauses)
        return await self._fetch(statement + self._ordered(query.order))

    async def in_country(self, country: str) -> Sequence[Row[Any]]:
        """Return the first hundred suppliers of a country, the best first."""
        found = await self._session.execute(
            raw("SELECT id, name FROM suppliers WHERE country = :country LIMIT 100"),
            {"country": country},
        )
        return found.all()

    async def average_rating(self, country: str) -> float | None:
        """Return the average rating of a country's suppliers."""
        statement = raw(sql.ranking_of(country))  # breach: sql-text
        row = (await self._session.execute(statement)).one_or_none()
        return None if row is None else float(row.rating)

    def ranked(self, expression: str) -> Select[UUID, str]:
        """Return the statement that ranks suppliers by an expression of the client."""
        score = literal_column(f"({expression})")  # breach: sql-text
        return select(Supplier.id, Supplier.name).order_by(score.desc()).limit(100)

    async def _fetch(self, statement: str) -> Sequence[Row[Any]]:
        return (await self._session.execute(raw(statement))).all()  # breach: sql-text

    @staticmethod
    def _ordered(column: str) -> str:
        return " ORDER BY {} LIMIT 100".format(column)
