"""Idempotency keys: a request that is sent twice has its effect once.

    @router.post("", dependencies=[Depends(Idempotent())])
    async def create_note(session: Session, new: NoteIn) -> Answer[Note]: ...

The client makes up a key and sends it as `Idempotency-Key`. The first answer is kept in the
transaction of its effect, so that both are there or neither is; a retry gets that answer again,
marked `Idempotency-Replayed: true`. An error rolls the transaction back: nothing is kept, and a
retry tries again. A key belongs to one caller and one route.

The route is on an `app.core.api.routing.Router`, answers as a whole (no stream) and writes with the
`Session` of its request alone: what else it does (a mail, a call) is not undone with it.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from typing import Annotated, ClassVar

from fastapi import Header, Request
from sqlalchemy import Index, LargeBinary, SmallInteger, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from starlette.responses import Response

from app.core.api.routing import Guard, Handler
from app.core.services import get
from app.core.db.models import Base
from app.core.db.session import Session
from app.core.errors import AppError, BadRequest, Conflict, Unprocessable
from app.core.guards.rate_limit import client_key
from app.core.module import Module
from app.settings import Settings

PURGED_AT_ONCE = 1000

_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,510})"')
_BARE = re.compile(r"[!#-~]{1,255}")
_MAX_LENGTH = 255
_SLOT = "idempotency"


class IdempotencyKeyMissing(BadRequest):
    """The request has no Idempotency-Key, or not a valid one."""

    code = "idempotency_key_missing"
    message = (
        "Send an Idempotency-Key header: 1 to 255 characters of your choice, such as a UUID, "
        "new for each operation and the same for its retries."
    )


class IdempotencyKeyInUse(Conflict):
    """The first request with this Idempotency-Key is still being answered."""

    code = "idempotency_key_in_use"
    message = "The first request with this key is still being answered. Try again after a second."


class IdempotencyKeyReused(Unprocessable):
    """The Idempotency-Key belongs to another request."""

    code = "idempotency_key_reused"
    message = "This key came with another request before. Use a new key for each operation."


class IdempotencyRecord(Base):
    """The answer to the first request with a key."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "expires_at"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[list[list[str]]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


@dataclass(slots=True)
class _Slot:
    """What the guard found out, for `Idempotent.wrap`, which sees the answer."""

    session: AsyncSession | None = None
    digest: bytes = b""
    fingerprint: bytes = b""
    keep_for: timedelta = timedelta()


class _Replay(Exception):
    """Leaves the dependencies with the answer that was given before."""

    def __init__(self, kept: IdempotencyRecord) -> None:
        super().__init__()
        self.kept = kept


class Idempotent(Guard):
    """A dependency that answers a retry as the first request was answered."""

    order: ClassVar[int] = 2
    errors: ClassVar[tuple[type[AppError], ...]] = (
        IdempotencyKeyMissing,
        IdempotencyKeyInUse,
        IdempotencyKeyReused,
    )

    def __init__(self, *, required: bool = True) -> None:
        """Declare that a route takes keys.

        Args:
            required: Whether a request without a key is refused.
        """
        self.required = required

    async def __call__(
        self,
        request: Request,
        session: Session,
        idempotency_key: Annotated[
            str | None,
            Header(description="Your name for this operation; the same in every retry."),
        ] = None,
    ) -> None:
        """Look whether there is an answer already; FastAPI calls this.

        Raises:
            IdempotencyKeyMissing: There is no key, and the route requires one.
            IdempotencyKeyInUse: The first request has no answer yet.
            IdempotencyKeyReused: The key belongs to another request.
        """
        slot: _Slot | None = request.scope.get(_SLOT)
        if slot is None:
            message = "Idempotent belongs into `dependencies=[…]` of a route of a core Router"
            raise RuntimeError(message)
        if idempotency_key is None and not self.required:
            return
        slot.digest = _digest_of(_read_key(idempotency_key), request)
        slot.fingerprint = _fingerprint_of(request, await request.body())
        await _claim(session, slot.digest)
        if kept := await _find(session, slot.digest):
            if kept.fingerprint != slot.fingerprint:
                raise IdempotencyKeyReused
            raise _Replay(kept)
        hours = get(Settings).idempotency_hours
        slot.session, slot.keep_for = session, timedelta(hours=hours)

    def wrap(self, handle: Handler) -> Handler:
        """Return a handler that keeps the answer, in the transaction that has its effect."""

        @wraps(handle)
        async def handle_once(request: Request) -> Response:
            slot = request.scope[_SLOT] = _Slot()
            try:
                response = await handle(request)
            except _Replay as replay:
                return _answer_again(replay.kept)
            if slot.session:
                await _keep(slot.session, slot, response)
            return response

        return handle_once


async def purge_idempotency_records(session: AsyncSession) -> int:
    """Delete answers that have expired, a thousand at most.

    Returns:
        How many there were; commit, and call again until there are none.
    """
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


module = Module(name="core", purge=purge_idempotency_records)
"""The owner of the table above, whose migrations are the branch `core`."""


def _read_key(header: str | None) -> str:
    """Return the key, be it quoted as a structured field or bare."""
    text = (header or "").strip(" \t")
    if quoted := _QUOTED.fullmatch(text):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    else:
        key = text if _BARE.fullmatch(text) else ""
    if not 0 < len(key) <= _MAX_LENGTH:
        raise IdempotencyKeyMissing
    return key


def _digest_of(key: str, request: Request) -> bytes:
    """Return what stands for the key of this caller at this route."""
    route = request.scope["route"].name
    return sha256(f"{client_key(request)}\n{route}\n{key}".encode()).digest()


def _fingerprint_of(request: Request, body: bytes) -> bytes:
    """Return what a retry has in common with the first request."""
    target = f"{request.method} {request.url.path}?{request.url.query}\n"
    return sha256(target.encode() + body).digest()


async def _claim(session: AsyncSession, digest: bytes) -> None:
    """Hold the key until the transaction ends, unless another one does."""
    number = int.from_bytes(digest[:8], signed=True)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise IdempotencyKeyInUse(headers={"Retry-After": "1"})


async def _find(session: AsyncSession, digest: bytes) -> IdempotencyRecord | None:
    # A statement of its own, after the lock: it sees what the holder before us has committed.
    wanted = select(IdempotencyRecord).where(
        IdempotencyRecord.digest == digest, IdempotencyRecord.expires_at > func.now()
    )
    return await session.scalar(wanted)


async def _keep(session: AsyncSession, slot: _Slot, response: Response) -> None:
    if not isinstance(getattr(response, "body", None), bytes):
        message = f"Idempotent cannot keep a {type(response).__name__}: answer as a whole"
        raise TypeError(message)
    values = {
        "fingerprint": slot.fingerprint,
        "status": response.status_code,
        "headers": [[part.decode("latin-1") for part in pair] for pair in response.raw_headers],
        "body": response.body,
        "expires_at": func.now() + slot.keep_for,
    }
    kept = insert(IdempotencyRecord).values(digest=slot.digest, **values)
    await session.execute(kept.on_conflict_do_update(index_elements=["digest"], set_=values))


def _answer_again(kept: IdempotencyRecord) -> Response:
    response = Response(kept.body, kept.status)
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in [*kept.headers, ["idempotency-replayed", "true"]]
    ]
    return response
