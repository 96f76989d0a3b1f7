"""Services of tokens. Those of a user take an `OwnerSession`, which sees the user's tokens only."""

from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.stdlib import BoundLogger

from app.accounts.models import User
from app.accounts.owned import ALL_OWNERS, OwnerSession
from app.core.api import Page, paginate
from app.features.access_tokens.errors import (
    AccessTokenInvalid,
    AccessTokenNotFound,
    TooManyAccessTokens,
)
from app.features.access_tokens.models import AccessToken, TokenUse
from app.features.access_tokens.schemas import NewTokenOut, TokenIn, TokenOut, TokenQuery
from app.features.access_tokens.secrets_of_tokens import digest_of, draw_secret, expiry

MAX_TOKENS = 20

log: BoundLogger = structlog.get_logger()


async def list_tokens(
    session: OwnerSession, query: TokenQuery, *, owner_id: UUID
) -> Page[AccessToken]:
    """Return one page of the owner's tokens.

    Args:
        session: The owner's session.
        query: The order and the cursor.
        owner_id: The owner; the cursor is valid for no other user.
    """
    return await paginate(session, select(AccessToken), query, scope=str(owner_id))


async def create_token(session: OwnerSession, new: TokenIn, *, owner_id: UUID) -> NewTokenOut:
    """Store a token and return it with its text.

    Raises:
        TooManyAccessTokens: The owner has as many as allowed.
    """
    # Locking the owner serializes requests of one user, so that none exceeds the number.
    await session.execute(select(User.id).where(User.id == owner_id).with_for_update())
    count = await session.scalar(select(func.count(AccessToken.id)))
    if (count or 0) >= MAX_TOKENS:
        raise TooManyAccessTokens
    secret = draw_secret()
    token = AccessToken(
        name=new.name,
        token_hash=secret.digest,
        prefix=secret.prefix,
        expires_at=expiry(new.days),
    )
    session.add(token)
    await session.flush()
    log.info("access_token_created", token_id=str(token.id), days=new.days)
    return NewTokenOut(id=token.id, text=secret.text, expires_at=token.expires_at)


async def get_token(session: OwnerSession, token_id: UUID) -> TokenOut:
    """Return one of the owner's tokens.

    Raises:
        AccessTokenNotFound: The owner has no token with this id.
    """
    token = await session.scalar(select(AccessToken).where(AccessToken.id == token_id))
    if token is None:
        raise AccessTokenNotFound
    return TokenOut(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        has_expired=token.expires_at < datetime.now(UTC),
        expires_at=token.expires_at,
        created_at=token.created_at,
    )


async def delete_token(session: OwnerSession, token_id: UUID) -> None:
    """Delete one of the owner's tokens.

    Raises:
        AccessTokenNotFound: The owner has no token with this id.
    """
    statement = delete(AccessToken).where(AccessToken.id == token_id).returning(AccessToken.id)
    if await session.scalar(statement) is None:
        raise AccessTokenNotFound


async def authenticate(session: AsyncSession, text: str) -> UUID:
    """Return the user of a token, and record its use.

    Raises:
        AccessTokenInvalid: The token is unknown or has expired.
    """
    # The token itself names the user, so it is looked for among those of all users.
    statement = (
        select(AccessToken.id, AccessToken.owner_id)
        .where(
            AccessToken.token_hash == digest_of(text),
            AccessToken.expires_at > datetime.now(UTC),
        )
        .options(ALL_OWNERS)
    )
    token = (await session.execute(statement)).one_or_none()
    if token is None:
        raise AccessTokenInvalid
    session.add(TokenUse(actor_id=token.owner_id, token_id=token.id))
    return token.owner_id
