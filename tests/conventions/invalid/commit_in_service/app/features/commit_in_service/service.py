"""The rules of bills."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.commit_in_service.models import Bill


async def create_bill(session: AsyncSession, title: str) -> Bill:
    """Store a bill."""
    bill = Bill(title=title)
    session.add(bill)
    await session.commit()  # violates: commit-in-service
    return bill
