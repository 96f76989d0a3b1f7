"""The repository of one owner's workspaces, made for each request."""

from collections.abc import Iterable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.dependencies import CurrentUser
from app.accounts.models import User
from app.accounts.owned import OwnSession
from app.features.workspace_members.errors import WorkspaceNotFound
from app.features.workspace_members.models import Workspace, WorkspaceMember
from app.features.workspace_members.schemas import InviteeIn, WorkspaceIn, WorkspacePatch


class WorkspaceRepository:
    """The workspaces of the user who sent the request."""

    def __init__(self, session: OwnSession, user: CurrentUser) -> None:
        """Take the session and the user of the request."""
        self._session = session
        self._owner_id = user.id

    async def change(self, workspace_id: UUID, changes: WorkspacePatch) -> Workspace:
        """Change the given fields of a workspace and return it.

        Raises:
            WorkspaceNotFound: The owner has no workspace with this id.
        """
        statement = (
            update(Workspace)
            .where(Workspace.id == workspace_id)
            .values(**changes.model_dump(exclude_unset=True))
            .returning(Workspace)
        )
        workspace = await self._session.scalar(statement)
        if workspace is None:
            raise WorkspaceNotFound
        return workspace

    async def replace(self, workspace_id: UUID, new: WorkspaceIn) -> Workspace:
        """Replace the fields of a workspace that its owner may set.

        Raises:
            WorkspaceNotFound: The owner has no workspace with this id.
        """
        workspace = await self._lock(workspace_id)
        for name in ("name", "description"):
            setattr(workspace, name, getattr(new, name))
        await self._session.flush()
        return workspace

    async def invite(
        self, workspace_id: UUID, invitees: Iterable[InviteeIn]
    ) -> dict[UUID, WorkspaceMember]:
        """Add members in one statement, and change the roles of those who are members already.

        Returns:
            The members by their user id; users who do not exist are missing.

        Raises:
            WorkspaceNotFound: The owner has no workspace with this id.
        """
        await self._lock(workspace_id)
        roles = {invitee.user_id: invitee.role for invitee in invitees}
        known = select(User.id).where(User.id.in_(roles)).with_for_update(read=True, key_share=True)
        rows = [
            {
                "workspace_id": workspace_id,
                "owner_id": self._owner_id,
                "member_id": user_id,
                "role": roles[user_id],
            }
            for user_id in await self._session.scalars(known)
        ]
        if not rows:
            return {}
        added = insert(WorkspaceMember).values(rows)
        statement = added.on_conflict_do_update(
            index_elements=["workspace_id", "member_id"], set_={"role": added.excluded.role}
        )
        members = await self._session.scalars(statement.returning(WorkspaceMember))
        return {member.member_id: member for member in members}

    async def remove(self, workspace_id: UUID, member_ids: Sequence[UUID]) -> list[UUID]:
        """Remove members and return those that were removed."""
        statement = (
            delete(WorkspaceMember)
            .where(
                WorkspaceMember.workspace_id == workspace_id,
                WorkspaceMember.id.in_(member_ids),
            )
            .returning(WorkspaceMember.id)
        )
        return list(await self._session.scalars(statement))

    async def _lock(self, workspace_id: UUID) -> Workspace:
        statement = select(Workspace).where(Workspace.id == workspace_id).with_for_update()
        workspace = await self._session.scalar(statement)
        if workspace is None:
            raise WorkspaceNotFound
        return workspace


Workspaces = Annotated[WorkspaceRepository, Depends()]
