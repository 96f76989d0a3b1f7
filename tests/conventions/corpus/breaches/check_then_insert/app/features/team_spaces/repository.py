"""Statements on team spaces."""

from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.team_spaces.models import SpaceLabel, SpaceMember, TeamSpace


async def subdomain_is_free(session: AsyncSession, subdomain: str) -> bool:
    """Return whether no space has a subdomain."""
    taken = select(exists().where(TeamSpace.subdomain == subdomain))
    return not await session.scalar(taken)


async def taken_seats(session: AsyncSession, space_id: UUID) -> int:
    """Return the number of members of a space."""
    members = select(func.count()).where(SpaceMember.space_id == space_id)
    return await session.scalar(members) or 0


async def find_label(session: AsyncSession, space_id: UUID, name: str) -> SpaceLabel | None:
    """Return the label of a space with a name."""
    label: SpaceLabel | None = await session.scalar(
        select(SpaceLabel).where(SpaceLabel.space_id == space_id, SpaceLabel.name == name)
    )
    return label
