"""Services of customs checks."""

import asyncio
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.guards import lock
from app.core.services import get
from app.features.customs_checks.authority import Authority
from app.features.customs_checks.models import CustomsDeclaration


async def describe(session: AsyncSession, declaration_id: UUID) -> str:
    """Return the description of the goods of a declaration."""
    code = await session.scalar(
        select(CustomsDeclaration.tariff_code).where(CustomsDeclaration.id == declaration_id)
    )
    return await get(Authority).tariff_of(code or "")  # breach: connection-held


async def check(session: AsyncSession, declaration_id: UUID) -> str | None:
    """Store the verdict of the authority on a declaration, and return it."""
    declaration = await session.get(CustomsDeclaration, declaration_id, with_for_update=True)
    if declaration is None:
        return None
    authority = get(Authority)
    verdict = await authority.wait_for_verdict(declaration.number)  # breach: connection-held
    declaration.verdict = verdict
    await session.flush()
    return verdict


async def wait_until_checked(session: AsyncSession, declaration_id: UUID) -> str | None:
    """Return the verdict on a declaration, once the nightly job has stored it."""
    stored = select(CustomsDeclaration.verdict).where(CustomsDeclaration.id == declaration_id)
    for attempt in range(5):
        if verdict := await session.scalar(stored):
            return str(verdict)
        await asyncio.sleep(2**attempt)  # breach: connection-held
    return None


class Reclassification:
    """Gives a declaration another tariff code."""

    def __init__(self, session: AsyncSession, authority: Authority) -> None:
        """Take the transaction of the request, and the authority."""
        self._session = session
        self._authority = authority

    async def apply(self, declaration_id: UUID, code: str) -> str:
        """Change the code of a declaration, and return its description."""
        await self._session.execute(
            update(CustomsDeclaration)
            .where(CustomsDeclaration.id == declaration_id)
            .values(tariff_code=code)
        )
        return await self._describe(code)

    async def _describe(self, code: str) -> str:
        return await self._authority.tariff_of(code)  # breach: connection-held


async def withdraw(session: AsyncSession, declaration_id: UUID) -> None:
    """Withdraw a declaration, one at a time."""
    await session.execute(
        update(CustomsDeclaration)
        .where(CustomsDeclaration.id == declaration_id)
        .values(verdict="withdrawn")
    )
    # breach: connection-held
    async with lock(f"customs:{declaration_id}", wait=10):
        await session.flush()
