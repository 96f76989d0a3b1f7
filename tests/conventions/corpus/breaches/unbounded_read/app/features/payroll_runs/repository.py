"""A base of repositories, and the one of payslips."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Base
from app.features.payroll_runs.models import Payslip

ModelT = TypeVar("ModelT", bound=Base)


class Repository(Generic[ModelT]):
    """Reads the rows of one model, in the session of one request."""

    model: ClassVar[type[Any]]

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self.session = session

    async def find(self, *conditions: ColumnElement[bool]) -> Sequence[ModelT]:
        """Return the rows that meet some conditions."""
        statement = select(self.model)
        for condition in conditions:
            statement = statement.where(condition)
        return (await self.session.scalars(statement)).all()  # breach: unbounded-read


class Payslips(Repository[Payslip]):
    """The payslips of all months."""

    model = Payslip
