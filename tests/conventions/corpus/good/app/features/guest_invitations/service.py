"""Services of invitations."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.tokens import hash_token, new_token
from app.core.api import normalized_email
from app.core.email import EmailMessage, enqueue_email
from app.core.services import get
from app.features.guest_invitations.errors import (
    AlreadyMember,
    InvitationSpent,
    InviteeNotFound,
)
from app.features.guest_invitations.models import WorkspaceInvitation, WorkspaceMember
from app.features.guest_invitations.schemas import InvitationIn, MemberIn
from app.features.guest_invitations.settings import InvitationSettings

PURGED_AT_ONCE = 1000

log: structlog.stdlib.BoundLogger = structlog.get_logger("guest_invitations")


async def invite(
    session: AsyncSession, workspace_id: UUID, new: InvitationIn, *, invited_by: UUID
) -> WorkspaceInvitation:
    """Store an invitation and send it after the commit; a second one replaces the first.

    Raises:
        AlreadyMember: The address is that of a member.
    """
    key = normalized_email(new.email)
    if await _is_member(session, workspace_id, key):
        raise AlreadyMember
    settings, token = get(InvitationSettings), new_token()
    invitation = insert(WorkspaceInvitation).values(
        workspace_id=workspace_id,
        invited_by=invited_by,
        email=new.email,
        email_key=key,
        role=new.role,
        token_hash=hash_token(token),
        expires_at=datetime.now(UTC) + timedelta(days=settings.invitation_days),
    )
    replaced = {name: invitation.excluded[name] for name in ("role", "token_hash", "expires_at")}
    stored = (
        await session.scalars(
            invitation.on_conflict_do_update(
                index_elements=["workspace_id", "email_key"], set_=replaced
            ).returning(WorkspaceInvitation)
        )
    ).one()
    link = f"{settings.invitation_url}#{token}"
    await enqueue_email(
        session,
        EmailMessage(
            to=new.email,
            subject="You are invited",
            text=f"Open this link within {settings.invitation_days} days: {link}",
            link=link,
            key=f"invitation:{stored.id}:{stored.expires_at.timestamp():.0f}",
        ),
    )
    log.info("invitation_enqueued", invitation_id=str(stored.id))
    return stored


async def add_member(session: AsyncSession, workspace_id: UUID, new: MemberIn) -> WorkspaceMember:
    """Make a verified user a member.

    Raises:
        AlreadyMember: The user is one.
        InviteeNotFound: No verified user has this id.
    """
    is_verified = select(User.id).where(User.id == new.user_id, User.verified_at.is_not(None))
    if await session.scalar(is_verified) is None:
        raise InviteeNotFound
    return await _store_member(session, workspace_id, new.user_id, new.role)


async def accept(
    session: AsyncSession, token: str, *, user_id: UUID, email: str
) -> WorkspaceMember:
    """Turn an invitation into a membership; of two requests with one token, one succeeds.

    Raises:
        AlreadyMember: The user is a member.
        InvitationSpent: The token is invalid, or the invitation was sent to another address.
    """
    spent = (
        delete(WorkspaceInvitation)
        .where(
            WorkspaceInvitation.token_hash == hash_token(token),
            WorkspaceInvitation.email_key == normalized_email(email),
            WorkspaceInvitation.expires_at > datetime.now(UTC),
        )
        .returning(WorkspaceInvitation.workspace_id, WorkspaceInvitation.role)
    )
    invitation = (await session.execute(spent)).one_or_none()
    if invitation is None:
        raise InvitationSpent
    return await _store_member(session, invitation.workspace_id, user_id, invitation.role)


async def purge_invitations(session: AsyncSession) -> int:
    """Delete some invitations that have expired, and return their number."""
    is_expired = WorkspaceInvitation.expires_at < datetime.now(UTC)
    some = select(WorkspaceInvitation.id).where(is_expired).limit(PURGED_AT_ONCE)
    deleted = await session.scalars(
        delete(WorkspaceInvitation)
        .where(WorkspaceInvitation.id.in_(some), is_expired)
        .returning(WorkspaceInvitation.id)
    )
    return len(deleted.all())


async def _is_member(session: AsyncSession, workspace_id: UUID, email_key: str) -> bool:
    member = (
        select(WorkspaceMember)
        .join(WorkspaceMember.user)
        .where(WorkspaceMember.workspace_id == workspace_id, User.email_key == email_key)
    )
    return bool(await session.scalar(select(exists(member))))


async def _store_member(
    session: AsyncSession, workspace_id: UUID, user_id: UUID, role: str
) -> WorkspaceMember:
    """Insert a membership; the primary key decides between two requests for the same one."""
    statement = (
        insert(WorkspaceMember)
        .values(workspace_id=workspace_id, user_id=user_id, role=role)
        .on_conflict_do_nothing()
        .returning(WorkspaceMember)
    )
    member: WorkspaceMember | None = await session.scalar(statement)
    if member is None:
        raise AlreadyMember
    return member
