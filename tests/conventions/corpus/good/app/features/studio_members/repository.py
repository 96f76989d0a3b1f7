"""The repository of one owner's studios, made for each request."""

from collections.abc import Iterable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.dependencies import CurrentUser
from app.accounts.models import User
from app.accounts.owned import OwnSession
from app.features.studio_members.errors import StudioNotFound
from app.features.studio_members.models import Studio, StudioMember
from app.features.studio_members.schemas import InviteeIn, StudioIn, StudioPatch


class StudioRepository:
    """The studios of the user who sent the request."""

    def __init__(self, session: OwnSession, user: CurrentUser) -> None:
        """Take the session and the user of the request."""
        self._session = session
        self._owner_id = user.id

    async def change(self, studio_id: UUID, changes: StudioPatch) -> Studio:
        """Change the given fields of a studio and return it.

        Raises:
            StudioNotFound: The owner has no studio with this id.
        """
        statement = (
            update(Studio)
            .where(Studio.id == studio_id)
            .values(**changes.model_dump(exclude_unset=True))
            .returning(Studio)
        )
        studio = await self._session.scalar(statement)
        if studio is None:
            raise StudioNotFound
        return studio

    async def replace(self, studio_id: UUID, new: StudioIn) -> Studio:
        """Replace the fields of a studio that its owner may set.

        Raises:
            StudioNotFound: The owner has no studio with this id.
        """
        studio = await self._lock(studio_id)
        for name in ("name", "description"):
            setattr(studio, name, getattr(new, name))
        await self._session.flush()
        return studio

    async def invite(
        self, studio_id: UUID, invitees: Iterable[InviteeIn]
    ) -> dict[UUID, StudioMember]:
        """Add members in one statement, and change the roles of those who are members already.

        Returns:
            The members by their user id; users who do not exist are missing.

        Raises:
            StudioNotFound: The owner has no studio with this id.
        """
        await self._lock(studio_id)
        roles = {invitee.user_id: invitee.role for invitee in invitees}
        known = select(User.id).where(User.id.in_(roles)).with_for_update(read=True, key_share=True)
        rows = [
            {
                "studio_id": studio_id,
                "owner_id": self._owner_id,
                "member_id": user_id,
                "role": roles[user_id],
            }
            for user_id in await self._session.scalars(known)
        ]
        if not rows:
            return {}
        added = insert(StudioMember).values(rows)
        statement = added.on_conflict_do_update(
            index_elements=["studio_id", "member_id"], set_={"role": added.excluded.role}
        )
        members = await self._session.scalars(statement.returning(StudioMember))
        return {member.member_id: member for member in members}

    async def remove(self, studio_id: UUID, member_ids: Sequence[UUID]) -> list[UUID]:
        """Remove members and return those that were removed."""
        statement = (
            delete(StudioMember)
            .where(
                StudioMember.studio_id == studio_id,
                StudioMember.id.in_(member_ids),
            )
            .returning(StudioMember.id)
        )
        return list(await self._session.scalars(statement))

    async def _lock(self, studio_id: UUID) -> Studio:
        statement = select(Studio).where(Studio.id == studio_id).with_for_update()
        studio = await self._session.scalar(statement)
        if studio is None:
            raise StudioNotFound
        return studio


Studios = Annotated[StudioRepository, Depends()]
