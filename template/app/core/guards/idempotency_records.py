"""Records of idempotency keys: a request claims its key, and stores its response in the record.

    claim = await claim_key(session, digest, fingerprint, keep_for=timedelta(days=1))
    ...  # the effect, in the same session or under a lease
    await store_response(session, claim, response, keep_for=timedelta(days=1))

A claim is a record without a response. In the transaction of the effect nobody else sees it, and it
disappears with the effect; an advisory lock refuses other requests meanwhile. The claim of a lease
is committed, and ends with the lease.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Index,
    Interval,
    LargeBinary,
    Row,
    SmallInteger,
    String,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from starlette.responses import Response

from app.core.context import current_request
from app.core.db.models import Base, UtcDateTime
from app.core.db.session import AsyncSessionLocal, execute_core
from app.core.errors import Conflict, Unprocessable
from app.core.module import Module

PURGED_AT_ONCE = 1000

_RUNNING = 0
"""The status in a record without a response."""


class IdempotencyKeyInUse(Conflict):
    """The first request with this Idempotency-Key is still running."""

    code = "idempotency_key_in_use"
    message = "The first request with this key is still running. Retry after a second."


class IdempotencyKeyReused(Unprocessable):
    """The Idempotency-Key was used for a different request."""

    code = "idempotency_key_reused"
    message = "This key was used for a different request. Use a new key for each operation."


class IdempotencyRecord(Base):
    """The stored response to the first request with a key."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "expires_at"), Index(None, "user_id"))

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[list[list[str]]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[str | None] = mapped_column(String(36))  # whose deletion deletes the record
    expires_at: Mapped[datetime]


class AlreadyResponded(Exception):
    """The first request with this key has a response, which a retry gets."""

    def __init__(self, record: Row[Any]) -> None:
        super().__init__()
        self.record = record


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of a request on a key.

    Attributes:
        digest: The hash of the key.
        until: The end of the claim, which no other claim on the key shares: a fencing token.
    """

    digest: bytes
    until: datetime


_digest, _until = bindparam("key", type_=LargeBinary), bindparam("until", type_=UtcDateTime)
_expires_at = func.now() + bindparam("keep_for", type_=Interval)
_new = insert(IdempotencyRecord).from_select(
    ["digest", "fingerprint", "status", "headers", "body", "expires_at"],
    select(
        _digest,
        bindparam("fingerprint", type_=LargeBinary),
        *(literal_column(empty) for empty in (str(_RUNNING), "'[]'", "''")),
        _expires_at,
    ).where(func.pg_try_advisory_xact_lock(bindparam("lock", type_=BigInteger))),
)
# The conflict is looked for once the lock is held, and in the newest rows: a statement that only
# selects would miss a record that was committed between its snapshot and the lock.
_INSERT_CLAIM = _new.on_conflict_do_update(
    index_elements=["digest"],
    set_={name: _new.excluded[name] for name in ("fingerprint", "status", "user_id", "expires_at")},
    where=IdempotencyRecord.expires_at <= func.now(),
).returning(IdempotencyRecord.expires_at)
_FIND = select(IdempotencyRecord).where(
    IdempotencyRecord.digest == _digest, IdempotencyRecord.expires_at > func.now()
)
_IS_OWN_CLAIM = IdempotencyRecord.digest == _digest, IdempotencyRecord.expires_at == _until
_STORE = update(IdempotencyRecord).where(*_IS_OWN_CLAIM).values(expires_at=_expires_at)
_RELEASE = delete(IdempotencyRecord).where(*_IS_OWN_CLAIM)


async def claim_key(
    session: AsyncSession, digest: bytes, fingerprint: bytes, *, keep_for: timedelta
) -> Claim:
    """Claim a key for some time; until the session commits, a lock refuses other requests.

    Raises:
        IdempotencyKeyInUse: Another request has the key.
        IdempotencyKeyReused: The key was used for a different request.
        AlreadyResponded: The first request with it has a response.
    """
    lock = int.from_bytes(digest[:8], signed=True)
    values = {"key": digest, "fingerprint": fingerprint, "keep_for": keep_for, "lock": lock}
    until: datetime | None = (await execute_core(session, _INSERT_CLAIM, values)).scalar()
    if until:
        return Claim(digest, until)
    record = (await execute_core(session, _FIND, {"key": digest})).one_or_none()
    if record and record.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if record is None or record.status == _RUNNING:
        raise IdempotencyKeyInUse(headers={"Retry-After": "1"})
    raise AlreadyResponded(record)


async def store_response(
    session: AsyncSession, claim: Claim, response: Response, *, keep_for: timedelta
) -> None:
    """Store a response in the record of its claim, in the transaction of its effect.

    Raises:
        IdempotencyKeyInUse: The lease has ended, and another request has the key.
        TypeError: The response is streamed.
    """
    if not isinstance(getattr(response, "body", None), bytes):
        message = f"Idempotent cannot store a {type(response).__name__}: do not stream the response"
        raise TypeError(message)
    known = current_request()
    values = {
        "key": claim.digest,
        "until": claim.until,
        "status": response.status_code,
        "headers": [[part.decode("latin-1") for part in pair] for pair in response.raw_headers],
        "body": response.body,
        "user_id": known.user_id if known else None,
        "keep_for": keep_for,
    }
    if (await execute_core(session, _STORE, values)).rowcount == 0:
        raise IdempotencyKeyInUse(headers={"Retry-After": "1"})


async def release_claim(claim: Claim) -> None:
    """Remove the committed claim of a request that failed, so that a retry runs."""
    async with AsyncSessionLocal.begin() as session:
        await execute_core(session, _RELEASE, {"key": claim.digest, "until": claim.until})


async def purge_idempotency_records(session: AsyncSession) -> int:
    """Delete up to a thousand expired records, and return their number."""
    expired = (
        select(IdempotencyRecord.digest)
        .where(IdempotencyRecord.expires_at <= func.now())
        .limit(PURGED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    purged = await session.scalars(
        delete(IdempotencyRecord)
        .where(IdempotencyRecord.digest.in_(expired))
        .returning(IdempotencyRecord.digest)
    )
    return len(purged.all())


async def forget_user(session: AsyncSession, user_id: UUID) -> None:
    """Delete the stored responses to the requests of a user."""
    theirs = IdempotencyRecord.user_id == str(user_id)
    await session.execute(delete(IdempotencyRecord).where(theirs))


module = Module(name="core", purge=purge_idempotency_records, on_user_deleted=forget_user)
"""Owns the table above, whose migrations are the branch `core`."""
