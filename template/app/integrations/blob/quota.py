"""Who takes how many bytes. Exact however many ask at once: a bound is checked where it is changed.

Rows are always changed in this order: the user's, then the service's. So two never wait for each
other.
"""

from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.integrations.blob.errors import QuotaExceeded, StorageFull
from app.integrations.blob.models import SERVICE, BlobUsage
from app.integrations.blob.settings import BlobSettings


async def take_bytes(
    session: AsyncSession, owner_id: UUID, size: int, *, settings: BlobSettings
) -> None:
    """Take bytes from the quota of a user and of the service.

    Raises:
        QuotaExceeded: The user has fewer left.
        StorageFull: The service has fewer left.
    """
    if not await _add(session, owner_id, size, quota=settings.blob_user_quota_bytes):
        raise QuotaExceeded
    if not await _add(session, SERVICE, size, quota=settings.blob_quota_bytes):
        raise StorageFull


async def give_bytes_back(session: AsyncSession, owner_id: UUID, size: int) -> None:
    """Give bytes back that were taken, to the user and to the service.

    Never more than there are: wrong sums must not keep `reconcile` from correcting them.
    """
    for holder in dict.fromkeys((owner_id, SERVICE)):
        # conventions: ignore[query-in-loop] two at most, and in this order
        await session.execute(
            update(BlobUsage)
            .where(BlobUsage.holder == holder)
            .values(used_bytes=func.greatest(0, BlobUsage.used_bytes - size))
        )


async def _add(session: AsyncSession, holder: UUID, size: int, *, quota: int) -> bool:
    """Return whether the bytes fitted; one statement, so nobody comes in between."""
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
