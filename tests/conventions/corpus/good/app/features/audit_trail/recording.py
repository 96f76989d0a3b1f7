"""Recording changes: an entry holds the fields that are different, and no value of a secret."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.context import current_request
from app.core.logging import is_secret_name
from app.features.audit_trail.models import AuditEntry

HIDDEN = "changed"


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the old and the new value of each field that is different.

    Of a field with the name of a secret, only the fact that it has changed is recorded.
    """
    changes: dict[str, Any] = {}
    for name in sorted(before.keys() & after.keys()):
        if before[name] == after[name]:
            continue
        changes[name] = HIDDEN if is_secret_name(name) else [before[name], after[name]]
    return changes


def record(
    session: AsyncSession,
    action: str,
    *,
    actor_id: UUID,
    subject_id: UUID,
    changes: Mapping[str, Any],
) -> None:
    """Add an entry in the transaction of the change."""
    request = current_request()
    session.add(
        AuditEntry(
            actor_id=actor_id,
            subject_id=subject_id,
            action=action,
            changes=dict(changes),
            request_id=request.request_id if request else None,
        )
    )
