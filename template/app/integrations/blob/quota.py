"""The quotas of users and of the service, exact under concurrency.

The row that counts the bytes of a holder is checked and changed by one statement. Rows are locked
in one order, the user's before the service's, so that no deadlock can arise.
"""

from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.services import get
from app.integrations.blob.errors import QuotaExceeded, StorageFull
from app.integrations.blob.models import SERVICE, BlobUsage
from app.integrations.blob.settings import BlobSettings


async def reserve_bytes(session: AsyncSession, owner_id: UUID, size: int) -> None:
    """Count bytes towards the quotas of a user and of the service.

    Raises:
        QuotaExceeded: The user has fewer bytes left.
        StorageFull: The service has fewer bytes left.
    """
    settings = get(BlobSettings)
    if not await _add_bytes(session, owner_id, size, quota=settings.blob_user_quota_bytes):
        raise QuotaExceeded
    if not await _add_bytes(session, SERVICE, size, quota=settings.blob_quota_bytes):
        raise StorageFull


async def release_bytes(session: AsyncSession, owner_id: UUID, size: int) -> None:
    """Return bytes to the quotas of a user and of the service.

    A count stops at 0: a wrong one must not keep `reconcile` from correcting it.
    """
    await _subtract_bytes(session, owner_id, size)
    if owner_id != SERVICE:
        await _subtract_bytes(session, SERVICE, size)


async def _add_bytes(session: AsyncSession, holder: UUID, size: int, *, quota: int) -> bool:
    """Return whether the bytes fit into the quota; they are counted if they do."""
    if size > quota:
        return False
    total = BlobUsage.used_bytes + size
    added = (
        insert(BlobUsage)
        .values(holder=holder, used_bytes=size)
        .on_conflict_do_update(
            index_elements=[BlobUsage.holder], set_={"used_bytes": total}, where=total <= quota
        )
        .returning(BlobUsage.used_bytes)
    )
    return await session.scalar(added) is not None


async def _subtract_bytes(session: AsyncSession, holder: UUID, size: int) -> None:
    await session.execute(
        update(BlobUsage)
        .where(BlobUsage.holder == holder)
        .values(used_bytes=func.greatest(0, BlobUsage.used_bytes - size))
    )
