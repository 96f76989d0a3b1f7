"""The rules of drafts."""

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.write_without_where.models import Draft


async def rename_drafts(session: AsyncSession, title: str) -> None:
    """Give a draft another title."""
    renamed = update(Draft).values(title=title)  # violates: write-without-where
    await session.execute(renamed)


async def delete_drafts(session: AsyncSession) -> int:
    """Delete a draft."""
    gone = await session.scalars(
        delete(Draft).returning(Draft.id)  # violates: write-without-where
    )
    return len(gone.all())
