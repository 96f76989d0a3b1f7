"""Services of profiles. Each takes an `OwnerSession`, which sees one user's profiles only."""

from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.owned import OwnerSession
from app.features.member_profiles.errors import MemberNotFound
from app.features.member_profiles.models import MemberProfile
from app.features.member_profiles.schemas import MemberPatch


async def get_member(session: OwnerSession, member_id: UUID) -> MemberProfile:
    """Return one of the owner's profiles, locked until the commit.

    Raises:
        MemberNotFound: The owner has no profile with this id.
    """
    statement = select(MemberProfile).where(MemberProfile.id == member_id).with_for_update()
    member = await session.scalar(statement)
    if member is None:
        raise MemberNotFound
    return member


async def change_member(
    session: OwnerSession, member_id: UUID, changes: MemberPatch
) -> MemberProfile:
    """Change a profile and return it.

    Raises:
        MemberNotFound: The owner has no profile with this id.
    """
    member = await get_member(session, member_id)
    member.nickname, member.city = changes.nickname, changes.city  # breach: patch-that-nulls
    await session.flush()
    return member


async def relocate_member(
    session: OwnerSession, member_id: UUID, changes: MemberPatch
) -> MemberProfile:
    """Change the city of a profile and until when its member is away.

    Raises:
        MemberNotFound: The owner has no profile with this id.
    """
    values = changes.model_dump(include={"city", "away_until"})
    statement = (
        update(MemberProfile)
        .where(MemberProfile.id == member_id)
        .values(values)  # breach: patch-that-nulls
        .returning(MemberProfile)
    )
    member = await session.scalar(statement)
    if member is None:
        raise MemberNotFound
    return member


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """Changes to a profile."""

    nickname: str | None
    city: str | None

    @classmethod
    def of(cls, patch: MemberPatch) -> "ProfileChanges":
        """Return the changes that a request asks for."""
        return cls(patch.nickname, patch.city)

    def apply_to(self, member: MemberProfile) -> None:
        """Change a profile."""
        for field in fields(self):
            setattr(member, field.name, getattr(self, field.name))  # breach: patch-that-nulls


async def rename_member(
    session: OwnerSession, member_id: UUID, changes: MemberPatch
) -> MemberProfile:
    """Change the name of a profile.

    Raises:
        MemberNotFound: The owner has no profile with this id.
    """
    member = await get_member(session, member_id)
    ProfileChanges.of(changes).apply_to(member)
    await session.flush()
    return member


def merge(member: MemberProfile, *changes: dict[str, Any]) -> MemberProfile:
    """Change a profile by every given dictionary, the last one first."""
    for change in reversed(changes):
        for name, value in change.items():
            setattr(member, name, value)
    return member


async def restore_member(
    session: OwnerSession, member_id: UUID, changes: MemberPatch
) -> MemberProfile:
    """Change a profile back.

    Raises:
        MemberNotFound: The owner has no profile with this id.
    """
    member = await get_member(session, member_id)
    merge(member, dict(changes))  # breach: patch-that-nulls
    await session.flush()
    return member
