"""Idempotency keys: a request that is sent twice takes effect once.

    @router.post("", dependencies=[Depends(Idempotent())])
    async def create_note(session: Session, new: NoteIn) -> DataResponse[Note]: ...

The client generates a key and sends it as `Idempotency-Key`. The first response is stored in the
transaction of its effect, so both are committed or neither is; a retry gets the stored response,
marked `Idempotency-Replayed: true`. An error rolls the transaction back: nothing is stored, and a
retry runs the request again. A key belongs to one client and one route.

The route is on an `app.core.api.Router`, does not stream its response, and writes only with the
`Session` of its request: other effects (a call to another service) are not rolled back with it. A
route that calls another service takes `Idempotent(lease=60)`, and `release_connection` before it.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import Header, Request
from sqlalchemy import Index, LargeBinary, SmallInteger, String, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from starlette.responses import Response

from app.core.api.routing import Guard, Handler
from app.core.context import current_request
from app.core.db.models import Base
from app.core.db.session import AsyncSessionLocal, Session, forbid_release
from app.core.errors import AppError, BadRequest, Conflict, Unprocessable
from app.core.guards.rate_limit import client_key
from app.core.module import Module
from app.core.services import get
from app.settings import Settings

PURGED_AT_ONCE = 1000

_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,510})"')
_BARE = re.compile(r"[!#-~]{1,255}")
_MAX_LENGTH = 255
_SLOT = "idempotency"
_HEADER = "idempotency-key"
_RUNNING = 0
"""The status in the record of a request that has a lease."""


class IdempotencyKeyMissing(BadRequest):
    """The request has no Idempotency-Key, or not a valid one."""

    code = "idempotency_key_missing"
    message = (
        "Send an Idempotency-Key header: 1 to 255 characters of your choice, such as a UUID, "
        "new for each operation and the same for its retries."
    )


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


@dataclass(slots=True)
class _Slot:
    """The state that the guard passes to `Idempotent.wrap`, which sees the response."""

    session: AsyncSession | None = None
    digest: bytes = b""
    fingerprint: bytes = b""
    keep_for: timedelta = timedelta()


class _Replay(Exception):
    """Leaves the dependencies with the stored response."""

    def __init__(self, record: IdempotencyRecord) -> None:
        super().__init__()
        self.record = record


class Idempotent(Guard):
    """A dependency that answers a retry with the response to the first request."""

    order: ClassVar[int] = 2
    errors: ClassVar[tuple[type[AppError], ...]] = (
        IdempotencyKeyMissing,
        IdempotencyKeyInUse,
        IdempotencyKeyReused,
    )

    def __init__(self, *, required: bool = True, lease: float | None = None) -> None:
        """Declare that a route accepts keys.

        Args:
            required: Whether a request without a key is rejected.
            lease: For a route that calls other services: the seconds that it takes at most. The
                key is then claimed by a record in place of a lock, which holds a connection.
        """
        self.required = required
        self.lease = lease
        self.required_headers = (_HEADER,) if required else ()

    async def __call__(
        self,
        request: Request,
        session: Session,
        idempotency_key: Annotated[
            str | None,
            Header(description="Identifies this operation; the same in every retry."),
        ] = None,
    ) -> None:
        """Look up the key; FastAPI calls this.

        Raises:
            IdempotencyKeyMissing: The key is missing, and the route requires one.
            IdempotencyKeyInUse: The first request is still running.
            IdempotencyKeyReused: The key was used for a different request.
        """
        slot: _Slot | None = request.scope.get(_SLOT)
        if slot is None:
            message = (
                "Idempotent belongs in `dependencies=[…]` of a route of an app.core.api.Router"
            )
            raise RuntimeError(message)
        if idempotency_key is None and not self.required:
            return
        slot.digest = _key_digest(_read_key(idempotency_key), request)
        slot.fingerprint = _fingerprint(request, await request.body())
        if record := await self._claim(session, slot):
            if record.fingerprint != slot.fingerprint:
                raise IdempotencyKeyReused
            if record.status == _RUNNING:
                raise IdempotencyKeyInUse(headers={"Retry-After": "1"})
            raise _Replay(record)
        hours = get(Settings).idempotency_hours
        slot.session, slot.keep_for = session, timedelta(hours=hours)

    async def _claim(self, session: AsyncSession, slot: _Slot) -> IdempotencyRecord | None:
        """Claim the key, or return the record of the first request with it."""
        if self.lease is None:
            forbid_release(session)
            return await _lock_and_find(session, slot.digest)
        async with AsyncSessionLocal.begin() as claiming:
            record = await _lock_and_find(claiming, slot.digest)
            if record is None:
                keep_for = timedelta(seconds=self.lease)
                await _write(claiming, slot, Response(status_code=_RUNNING), keep_for=keep_for)
        return record

    def wrap(self, handle: Handler) -> Handler:
        """Return a handler that stores the response in the transaction of its effect."""

        @wraps(handle)
        async def handle_once(request: Request) -> Response:
            slot = request.scope[_SLOT] = _Slot()
            try:
                response = await handle(request)
            except _Replay as replay:
                return _replay(replay.record)
            except Exception:
                if slot.session and self.lease is not None:
                    await _end_lease(slot.digest)
                raise
            if slot.session:
                await _store(slot.session, slot, response)
            return response

        return handle_once


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


def _read_key(header: str | None) -> str:
    """Return the key, quoted as a structured field or bare."""
    text = (header or "").strip(" \t")
    if quoted := _QUOTED.fullmatch(text):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    else:
        key = text if _BARE.fullmatch(text) else ""
    if not 0 < len(key) <= _MAX_LENGTH:
        raise IdempotencyKeyMissing
    return key


def _key_digest(key: str, request: Request) -> bytes:
    """Return the hash of a key together with the client and the route that it belongs to."""
    return sha256(f"{client_key(request)}\n{request.scope['route'].name}\n{key}".encode()).digest()


def _fingerprint(request: Request, body: bytes) -> bytes:
    """Return a hash that is equal for the first request and its retries."""
    target = f"{request.method} {request.url.path}?{request.url.query}\n"
    return sha256(target.encode() + body).digest()


async def _lock_and_find(session: AsyncSession, digest: bytes) -> IdempotencyRecord | None:
    """Lock the key until the transaction ends, and return its record.

    Raises:
        IdempotencyKeyInUse: Another transaction holds the lock.
    """
    number = int.from_bytes(digest[:8], signed=True)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise IdempotencyKeyInUse(headers={"Retry-After": "1"})
    # A statement of its own after the lock, so that it sees the commit of the previous holder.
    statement = select(IdempotencyRecord).where(
        IdempotencyRecord.digest == digest, IdempotencyRecord.expires_at > func.now()
    )
    return await session.scalar(statement)


async def _store(session: AsyncSession, slot: _Slot, response: Response) -> None:
    if not isinstance(getattr(response, "body", None), bytes):
        message = f"Idempotent cannot store a {type(response).__name__}: do not stream the response"
        raise TypeError(message)
    await _write(session, slot, response, keep_for=slot.keep_for)


async def _write(
    session: AsyncSession, slot: _Slot, response: Response, *, keep_for: timedelta
) -> None:
    known = current_request()
    values = {
        "fingerprint": slot.fingerprint,
        "status": response.status_code,
        "headers": [[part.decode("latin-1") for part in pair] for pair in response.raw_headers],
        "body": response.body,
        "user_id": known.user_id if known else None,
        "expires_at": func.now() + keep_for,
    }
    statement = insert(IdempotencyRecord).values(digest=slot.digest, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["digest"], set_=values))


async def _end_lease(digest: bytes) -> None:
    """Remove the claim of a request that failed, so that a retry runs."""
    is_claim = (IdempotencyRecord.digest == digest, IdempotencyRecord.status == _RUNNING)
    async with AsyncSessionLocal.begin() as session:
        await session.execute(delete(IdempotencyRecord).where(*is_claim))


def _replay(record: IdempotencyRecord) -> Response:
    response = Response(record.body, record.status)
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in [*record.headers, ["idempotency-replayed", "true"]]
    ]
    return response
