"""Services of access keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS, OwnerSession
from app.accounts.tokens import hash_token, new_token
from app.core.api import Page, paginate
from app.core.errors import Conflict, NotFound, Unauthorized
from app.features.access_keys.models import AccessKey
from app.features.access_keys.schemas import AccessKeyIn, AccessKeyQuery

log = structlog.get_logger(__name__)
PREFIX_LENGTH = 8
TOUCH = timedelta(minutes=5)


class AccessKeyNotFound(NotFound):
    """The user has no key with this id."""

    code = "access_key_not_found"
    message = "You have no access key with this id."


class AccessKeyInvalid(Unauthorized):
    """No key has this text, or it lacks the scope."""

    code = "access_key_invalid"
    message = "The access key is invalid, or lacks the scope that this needs."


class AccessKeyNamed(Conflict):
    """Another key of the user has this name."""

    code = "access_key_named"
    message = "You have a key of this name. Delete it, or choose another name."


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A key with its text, which only its creation knows."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    last_used_at: datetime | None
    created_at: datetime
    secret: str


async def list_keys(
    session: OwnerSession, query: AccessKeyQuery, *, owner_id: UUID
) -> Page[AccessKey]:
    """Return one page of the user's keys."""
    return await paginate(session, select(AccessKey), query, scope=str(owner_id))


async def create_key(session: OwnerSession, new: AccessKeyIn, *, owner_id: UUID) -> CreatedKey:
    """Store the hash of a new key, and return its text.

    Raises:
        AccessKeyNamed: The user has a key of this name.
    """
    secret = new_token()
    statement = (
        insert(AccessKey)
        .values(
            owner_id=owner_id,
            name=new.name,
            scopes=list(new.scopes),
            prefix=secret[:PREFIX_LENGTH],
            key_hash=hash_token(secret),
        )
        .on_conflict_do_nothing(index_elements=["owner_id", "name"])
        .returning(AccessKey)
    )
    key: AccessKey | None = await session.scalar(statement)
    if key is None:
        raise AccessKeyNamed
    log.info("access_key_created", key_id=str(key.id), prefix=key.prefix, scopes=key.scopes)
    return CreatedKey(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=key.scopes,
        last_used_at=key.last_used_at,
        created_at=key.created_at,
        secret=secret,
    )


async def delete_key(session: OwnerSession, key_id: UUID) -> None:
    """Delete a key; it is invalid from the commit on.

    Raises:
        AccessKeyNotFound: The user has none with this id.
    """
    deleted = delete(AccessKey).where(AccessKey.id == key_id).returning(AccessKey.id)
    if await session.scalar(deleted) is None:
        raise AccessKeyNotFound


async def owner_of(session: AsyncSession, given: str, *, scopes: Iterable[str]) -> UUID:
    """Return the owner of a key, which is looked up by its hash.

    Raises:
        AccessKeyInvalid: There is no such key, or it lacks a scope.
    """
    statement = (
        select(AccessKey.owner_id, AccessKey.scopes)
        .where(AccessKey.key_hash == hash_token(given))
        .options(ALL_OWNERS)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None or not set(scopes) <= set(row.scopes):
        raise AccessKeyInvalid
    owner_id: UUID = row.owner_id
    return owner_id


async def touch_key(session: AsyncSession, given: str) -> None:
    """Remember the use of a key, every few minutes at most."""
    now = datetime.now(UTC)
    await session.execute(
        update(AccessKey)
        .where(
            AccessKey.key_hash == hash_token(given),
            or_(AccessKey.last_used_at.is_(None), AccessKey.last_used_at < now - TOUCH),
        )
        .values(last_used_at=now)
        .options(ALL_OWNERS)
    )
