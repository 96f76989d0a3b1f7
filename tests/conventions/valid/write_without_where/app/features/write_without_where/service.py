"""The rules of drafts."""

from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.write_without_where.models import Draft


async def rename_drafts(session: AsyncSession, titles: dict[UUID, str]) -> None:
    """Give each draft its title, by primary key."""
    rows = [{"id": draft_id, "title": title} for draft_id, title in titles.items()]
    await session.execute(update(Draft), rows)


async def delete_draft(session: AsyncSession, *mine: ColumnElement[bool]) -> bool:
    """Delete a draft."""
    statement = delete(Draft).returning(Draft.id)
    if mine:
        statement = statement.where(*mine)
    return await session.scalar(statement) is not None
