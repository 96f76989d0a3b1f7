"""A builder of statements, which the reports share."""

from textwrap import dedent
from typing import Self

from sqlalchemy import TextClause, text


class ReportSql:
    """A statement that grows clause by clause."""

    def __init__(self, column: str) -> None:
        """Choose the column to group by."""
        self._column = column
        self._clauses: list[str] = []
        self._having = ""

    def at(self, depot: str) -> Self:
        """Limit the report to one depot."""
        self._clauses += [f"depot = '{depot}'"]
        return self

    def having(self, condition: str | None) -> Self:
        """Limit the report to groups that meet a condition."""
        if condition:
            self._having = "HAVING " + condition
        return self

    @property
    def sql(self) -> str:
        """The text of the statement."""
        return dedent(f"""
            SELECT {self._column} AS name, sum(litres) AS litres FROM fuel_fills
            WHERE {" AND ".join(self._clauses) or "true"}
            GROUP BY 1 {self._having} ORDER BY 2 DESC LIMIT 100
        """)

    def build(self) -> TextClause:
        """Return the statement."""
        return text(self.sql)  # breach: sql-text
