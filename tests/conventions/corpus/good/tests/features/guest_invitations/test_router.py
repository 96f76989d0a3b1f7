from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.tokens import hash_token
from app.features.guest_invitations.models import (
    MemberRole,
    Workspace,
    WorkspaceInvitation,
    WorkspaceMember,
)
from tests.conftest import ClientFor

WORKSPACES = "/api/v1/guest-workspaces"
TOKEN = "not-a-secret-but-long-enough-for-a-test"


async def user_id_of(session: AsyncSession, email: str) -> UUID:
    return (await session.scalars(select(User.id).where(User.email == email))).one()


async def store_workspace(session: AsyncSession, owner: str) -> UUID:
    workspace = Workspace(name="Fair")
    session.add(workspace)
    await session.flush()
    owner_id = await user_id_of(session, owner)
    member = WorkspaceMember(workspace_id=workspace.id, user_id=owner_id, role=MemberRole.OWNER)
    session.add(member)
    await session.commit()
    return workspace.id


async def test_a_second_invitation_replaces_the_first(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    workspace_id = await store_workspace(session, "ada@example.com")
    path = f"{WORKSPACES}/{workspace_id}/invitations"
    first = await ada.post(path, json={"email": "bob@example.com"})
    second = await ada.post(path, json={"email": "Bob@example.com", "role": "editor"})
    assert (first.status_code, second.status_code) == (201, 201), second.text
    assert second.json()["data"]["role"] == "editor"
    assert first.json()["data"]["id"] == second.json()["data"]["id"]


async def test_a_member_is_added_once(client_for: ClientFor, session: AsyncSession) -> None:
    ada = await client_for("ada@example.com")
    await client_for("bob@example.com")
    workspace_id = await store_workspace(session, "ada@example.com")
    given = {"user_id": str(await user_id_of(session, "bob@example.com"))}
    path = f"{WORKSPACES}/{workspace_id}/members"
    added = [await ada.post(path, json=given) for _ in range(2)]
    assert [one.status_code for one in added] == [201, 409]
    unknown = await ada.post(path, json={"user_id": str(uuid4())})
    assert unknown.status_code == 404


async def test_others_cannot_invite(client_for: ClientFor, session: AsyncSession) -> None:
    await client_for("ada@example.com")
    eve = await client_for("eve@example.com")
    workspace_id = await store_workspace(session, "ada@example.com")
    path = f"{WORKSPACES}/{workspace_id}/invitations"
    assert (await eve.post(path, json={"email": "eve@example.com"})).status_code == 404


async def test_an_invitation_is_accepted_once(client_for: ClientFor, session: AsyncSession) -> None:
    ada, bob = await client_for("ada@example.com"), await client_for("bob@example.com")
    workspace_id = await store_workspace(session, "ada@example.com")
    invited = await ada.post(
        f"{WORKSPACES}/{workspace_id}/invitations", json={"email": "bob@example.com"}
    )
    invitation = await session.get(WorkspaceInvitation, UUID(invited.json()["data"]["id"]))
    assert invitation
    invitation.token_hash = hash_token(TOKEN)
    await session.commit()
    path = f"{WORKSPACES}/invitation-acceptances"
    assert (await ada.post(path, json={"token": TOKEN})).status_code == 400
    accepted = [await bob.post(path, json={"token": TOKEN}) for _ in range(2)]
    assert [one.status_code for one in accepted] == [200, 400]
