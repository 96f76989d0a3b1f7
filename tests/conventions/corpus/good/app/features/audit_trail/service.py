"""Services of policies and of the audit."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, inspect, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import Page, paginate
from app.core.db import AsyncSessionLocal
from app.features.audit_trail.models import AuditEntry, AuditSeal, SecurityPolicy
from app.features.audit_trail.recording import changed_fields, record
from app.features.audit_trail.schemas import AuditQuery, PolicyPatch

ENTRIES_AT_ONCE = 1000

log = structlog.get_logger(component="audit")


async def list_entries(session: AsyncSession, query: AuditQuery) -> Page[AuditEntry]:
    """Return one page of the entries."""
    return await paginate(session, select(AuditEntry), query)


async def change_policy(
    session: AsyncSession, account_id: UUID, patch: PolicyPatch, *, actor_id: UUID
) -> SecurityPolicy:
    """Change the given fields of a policy, and record those that are different now."""
    policy = await _lock_policy(session, account_id)
    before = _values_of(policy)
    for name, value in patch.model_dump(exclude_unset=True).items():
        setattr(policy, name, value)
    changes = changed_fields(before, _values_of(policy))
    if changes:
        record(session, "policy.changed", actor_id=actor_id, subject_id=account_id, changes=changes)
    await session.flush()
    return policy


async def rotate_secret(session: AsyncSession, account_id: UUID, *, actor_id: UUID) -> int:
    """Count the version of the account's webhook secret up, and return it."""
    policy = await _lock_policy(session, account_id)
    policy.webhook_secret_version += 1
    await session.flush()
    record(session, "secret.rotated", actor_id=actor_id, subject_id=account_id, changes={})
    return policy.webhook_secret_version


async def seal_day(day: datetime) -> AuditSeal:
    """Hash the entries of a day in their order, and store the hash; for a command.

    Args:
        day: Midnight by UTC.
    """
    digest, entries = sha256(), 0
    of_day = (
        select(AuditEntry)
        .where(AuditEntry.happened_at >= day, AuditEntry.happened_at < day + timedelta(days=1))
        .order_by(AuditEntry.happened_at, AuditEntry.id)
        .execution_options(yield_per=ENTRIES_AT_ONCE)
    )
    async with AsyncSessionLocal.begin() as session:
        async for entry in await session.stream_scalars(of_day):
            digest.update(f"{entry.id}|{entry.action}|{entry.changes}\n".encode())
            entries += 1
        seal = AuditSeal(day=day, entries=entries, digest=digest.hexdigest())
        session.add(seal)
    log.info("audit_day_sealed", day=day.date().isoformat(), entries=entries)
    return seal


async def seals_match(session: AsyncSession, seal: AuditSeal, digest: str) -> bool:
    """Return whether a recomputed hash is the stored one; neither of them is a secret."""
    newest = await session.scalar(select(func.max(AuditSeal.day)))
    is_known = newest is not None and seal.day <= newest
    return is_known and seal.digest == digest and seal.day < datetime.now(UTC)


async def _lock_policy(session: AsyncSession, account_id: UUID) -> SecurityPolicy:
    """Return the policy of an account, created if it has none, and locked until the commit."""
    created = insert(SecurityPolicy).values(account_id=account_id).on_conflict_do_nothing()
    await session.execute(created)
    locked = select(SecurityPolicy).where(SecurityPolicy.account_id == account_id).with_for_update()
    return (await session.scalars(locked)).one()


def _values_of(policy: SecurityPolicy) -> dict[str, Any]:
    return {
        attribute.key: getattr(policy, attribute.key)
        for attribute in inspect(SecurityPolicy).column_attrs
        if attribute.key != "updated_at"
    }
