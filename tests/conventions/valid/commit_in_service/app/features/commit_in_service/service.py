"""The rules of bills."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.commit_in_service.models import Bill


async def create_bill(session: AsyncSession, title: str) -> Bill:
    """Store a bill, whole or not at all."""
    bill = Bill(title=title)
    async with session.begin_nested():
        session.add(bill)
        await session.flush()
    return bill
