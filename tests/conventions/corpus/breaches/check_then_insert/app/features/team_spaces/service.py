"""Services of team spaces."""

from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import normalized_email
from app.features.team_spaces import repository
from app.features.team_spaces.errors import NoSeatLeft, SubdomainTaken
from app.features.team_spaces.models import SpaceLabel, SpaceMember, TeamSpace


async def open_space(session: AsyncSession, subdomain: str, seats: int) -> TeamSpace:
    """Create a space.

    Raises:
        SubdomainTaken: Another space has the subdomain.
    """
    if not await repository.subdomain_is_free(session, subdomain):
        raise SubdomainTaken
    space = TeamSpace(subdomain=subdomain, seats=seats)
    session.add(space)  # breach: check-then-insert
    await session.flush()
    return space


async def join_space(session: AsyncSession, space: TeamSpace, email: str) -> None:
    """Give a person one of the seats of a space.

    Raises:
        NoSeatLeft: All seats are taken.
    """
    taken = await repository.taken_seats(session, space.id)
    if taken >= space.seats:
        raise NoSeatLeft
    values = {"space_id": space.id, "email_key": normalized_email(email)}
    await session.execute(insert(SpaceMember).values(values))  # breach: check-then-insert


async def label_named(session: AsyncSession, space_id: UUID, name: str) -> SpaceLabel:
    """Return the label of a space with a name, and create it if it is missing."""
    if label := await repository.find_label(session, space_id, name):
        return label
    label = _new_label(session, space_id, name)  # breach: check-then-insert
    await session.flush()
    return label


def _new_label(session: AsyncSession, space_id: UUID, name: str) -> SpaceLabel:
    label = SpaceLabel(space_id=space_id, name=name)
    session.add(label)
    return label


async def add_members(session: AsyncSession, space_id: UUID, emails: list[str]) -> None:
    """Add the people of a list who are no members of a space yet."""
    keys = {normalized_email(email) for email in emails[:100]}
    members = await session.scalars(
        select(SpaceMember.email_key).where(
            SpaceMember.space_id == space_id, SpaceMember.email_key.in_(keys)
        )
    )
    missing = keys.difference(members)
    # breach: check-then-insert
    session.add_all(SpaceMember(space_id=space_id, email_key=key) for key in missing)
