"""Services of donation books."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import islice

from sqlalchemy import Select, between, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.features.donation_books.models import Donation, Donor


class Year:
    """The donations of a year."""

    def __init__(self, year: int) -> None:
        """Choose the year."""
        self.year = year

    @cached_property
    def statement(self) -> Select[Donation]:
        """The statement that selects the donations."""
        first, last = date(self.year, 1, 1), date(self.year, 12, 31)
        return select(Donation).where(between(Donation.given_on, first, last))

    async def total(self, session: AsyncSession) -> Decimal:
        """Return what was given in the year."""
        donations = await session.scalars(self.statement)  # breach: unbounded-read
        return sum((donation.amount for donation in donations), Decimal(0))


async def donors_of(session: AsyncSession, country: str) -> list[Donor]:
    """Return the donors of a country with their donations."""
    result = await session.execute(  # breach: unbounded-read
        select(Donor).where(Donor.country == country).options(selectinload(Donor.donations))
    )
    return list(result.scalars())


async def first_names(session: AsyncSession, count: int) -> list[str]:
    """Return the names of the first donors."""

    def names(rows: Iterator[Donor]) -> Iterator[str]:
        return (donor.name for donor in rows)

    # breach: unbounded-read
    everybody = (await session.scalars(select(Donor).order_by(Donor.id))).all()
    return list(islice(names(iter(everybody)), count))
