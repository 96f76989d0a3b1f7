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
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from fastapi import Header, Request
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.api.routing import Guard, Handler
from app.core.db.session import AsyncSessionLocal, Session, forbid_release
from app.core.errors import AppError, BadRequest
from app.core.guards.idempotency_records import (
    AlreadyResponded,
    Claim,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    claim_key,
    release_claim,
    store_response,
)
from app.core.guards.rate_limit import client_key
from app.core.services import get
from app.settings import Settings

_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,510})"')
_BARE = re.compile(r"[!#-~]{1,255}")
_MAX_LENGTH = 255
_SLOT = "idempotency"
_HEADER = "idempotency-key"


class IdempotencyKeyMissing(BadRequest):
    """The request has no Idempotency-Key, or not a valid one."""

    code = "idempotency_key_missing"
    message = (
        "Send an Idempotency-Key header: 1 to 255 characters of your choice, such as a UUID, "
        "new for each operation and the same for its retries."
    )


@dataclass(slots=True)
class _Slot:
    """The claim that the guard passes to `Idempotent.wrap`, which sees the response."""

    session: AsyncSession | None = None
    claim: Claim | None = None


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
        digest = _key_digest(_read_key(idempotency_key), request)
        fingerprint = _fingerprint(request, await request.body())
        if self.lease is None:
            forbid_release(session)
            slot.claim = await claim_key(session, digest, fingerprint, keep_for=_keep_for())
        else:
            lease = timedelta(seconds=self.lease)
            async with AsyncSessionLocal.begin() as claiming:
                slot.claim = await claim_key(claiming, digest, fingerprint, keep_for=lease)
        slot.session = session

    def wrap(self, handle: Handler) -> Handler:
        """Return a handler that stores the response in the transaction of its effect."""

        @wraps(handle)
        async def handle_once(request: Request) -> Response:
            slot = request.scope[_SLOT] = _Slot()
            try:
                response = await handle(request)
            except AlreadyResponded as retry:
                return _replay(retry.record)
            except Exception:
                if slot.claim and self.lease is not None:
                    await release_claim(slot.claim)
                raise
            if slot.session and slot.claim:
                await store_response(slot.session, slot.claim, response, keep_for=_keep_for())
            return response

        return handle_once


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
    # From the scope, since `request.url` builds a URL and parses it.
    scope = request.scope
    target = f"{scope['method']} {scope['path']}?".encode() + scope["query_string"] + b"\n"
    return sha256(target + body).digest()


def _keep_for() -> timedelta:
    return timedelta(hours=get(Settings).idempotency_hours)


def _replay(record: Row[Any]) -> Response:
    response = Response(record.body, record.status)
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in [*record.headers, ["idempotency-replayed", "true"]]
    ]
    return response
