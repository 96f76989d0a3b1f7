"""Fuel reports, made by one object a request."""

from typing import Annotated

from fastapi import Depends
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import ReadSession
from app.features.fuel_reports.builder import ReportSql
from app.features.fuel_reports.models import FuelFill
from app.features.fuel_reports.schemas import FuelReport, ReportQuery, ReportRow


class FuelReports:
    """Makes reports in the session of one request."""

    def __init__(self, session: ReadSession) -> None:
        """Take the session of the request."""
        self.session: AsyncSession = session

    async def report(self, query: ReportQuery) -> FuelReport:
        """Return the report that a client asks for."""
        statement = ReportSql(query.group_by).at(query.depot).having(query.having).build()
        rows = (await self.session.execute(statement)).all()
        return FuelReport(rows=[ReportRow.model_validate(row) for row in rows])

    async def largest(self, query: ReportQuery) -> list[str]:
        """Return the depots with the largest fills."""
        found = (
            select(FuelFill.depot)
            .where(FuelFill.depot == query.depot)
            .group_by(FuelFill.depot)
            .having(_condition(query.having or "true"))
            .limit(10)
        )
        return list(await self.session.scalars(found))

    async def detail(self, depot: str, key: str) -> list[str]:
        """Return a detail of the fills of a depot."""
        # breach: sql-text
        value = func.jsonb_extract_path_text(FuelFill.details, text("'" + key + "'"))
        found = select(value).where(FuelFill.depot == depot).limit(100)
        return list(await self.session.scalars(found))

    async def explain(self, depot: str) -> list[str]:
        """Return the plan of the statement on a depot, for the support."""
        sql = "EXPLAIN SELECT 1 FROM fuel_fills WHERE depot = '%(depot)s'" % {"depot": depot}
        rows = await self.session.execute(text(sql))  # breach: sql-text
        return [str(row[0]) for row in rows]

    async def newest(self, depot: str) -> FuelFill | None:
        """Return the newest fill of a depot."""
        by_depot = text("SELECT * FROM fuel_fills WHERE depot = :depot ORDER BY day DESC LIMIT 1")
        statement = select(FuelFill).from_statement(by_depot.bindparams(depot=depot))
        fill: FuelFill | None = await self.session.scalar(statement)
        return fill


def _condition(having: str) -> ColumnElement[bool]:
    return func.coalesce(text(f"({having})"), False)  # breach: sql-text


Reports = Annotated[FuelReports, Depends()]
