"""Endpoints of policies and of the audit."""

from typing import Annotated

from fastapi import Depends, Query

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
)
from app.core.db import ReadSession, Session
from app.core.guards import Idempotent
from app.features.audit_trail import service
from app.features.audit_trail.models import AuditEntry, SecurityPolicy
from app.features.audit_trail.schemas import (
    AuditEntryOut,
    AuditQuery,
    PolicyOut,
    PolicyPatch,
    RotationOut,
)

router = Router(prefix=API_V1, tags=["audit"])


@router.get(
    "/audit-entries",
    response_model=PageEnvelope[AuditEntryOut],
    responses=errors(InsufficientRole, InvalidCursor),
)
async def list_audit_entries(
    _: Admin, session: ReadSession, query: Annotated[AuditQuery, Query()]
) -> Page[AuditEntry]:
    """List the changes of all accounts, newest first. Administrators only."""
    return await service.list_entries(session, query)


@router.patch("/security-policy", response_model=Envelope[PolicyOut])
async def change_security_policy(
    user: CurrentUser, session: Session, patch: PolicyPatch
) -> DataResponse[SecurityPolicy]:
    """Change the policy of your account; each change is recorded."""
    policy = await service.change_policy(session, user.id, patch, actor_id=user.id)
    return DataResponse(policy)


@router.post(
    "/security-policy/secret-rotation",
    response_model=Envelope[RotationOut],
    dependencies=[Depends(Idempotent())],
)
async def rotate_webhook_secret(user: CurrentUser, session: Session) -> DataResponse[RotationOut]:
    """Begin to sign webhooks with the next version of your secret."""
    version = await service.rotate_secret(session, user.id, actor_id=user.id)
    return DataResponse(RotationOut(version=version))
