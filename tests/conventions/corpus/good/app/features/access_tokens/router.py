"""Endpoints of tokens."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from pydantic import Field, SecretStr

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    ResponseModel,
    Router,
    errors,
    with_location,
)
from app.core.db import Session
from app.core.guards import RateLimit
from app.features.access_tokens import service
from app.features.access_tokens.errors import (
    AccessTokenInvalid,
    AccessTokenNotFound,
    TooManyAccessTokens,
)
from app.features.access_tokens.models import AccessToken
from app.features.access_tokens.schemas import (
    NewTokenOut,
    TokenIn,
    TokenOut,
    TokenQuery,
)
from app.features.access_tokens.secrets_of_tokens import TOKEN_HEADER

router = Router(prefix=f"{API_V1}/access-tokens", tags=["access-tokens"])

CREATIONS = RateLimit("20/hour", name="access_token_creations")
CHECKS = RateLimit("60/minute", name="access_token_checks")


class TokenSummaryOut(ResponseModel):
    """A token in a list."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    name: str = Field(examples=["Nightly export"])
    prefix: str = Field(examples=["pat_9f3a"])


class TokenUserOut(ResponseModel):
    """The user of a token."""

    user_id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])


@router.get("", response_model=PageEnvelope[TokenSummaryOut], responses=errors(InvalidCursor))
async def list_access_tokens(
    user: CurrentUser, session: OwnReadSession, query: Annotated[TokenQuery, Query()]
) -> Page[AccessToken]:
    """List your tokens, page by page."""
    return await service.list_tokens(session, query, owner_id=user.id)


@router.post(
    "",
    response_model=Envelope[NewTokenOut],
    status_code=201,
    dependencies=[Depends(CREATIONS)],
    responses=with_location(TooManyAccessTokens),
)
async def create_access_token(
    user: CurrentUser, session: OwnSession, new: TokenIn, request: Request, response: Response
) -> DataResponse[NewTokenOut]:
    """Create a token. Its text is shown this one time."""
    token = await service.create_token(session, new, owner_id=user.id)
    location = request.url_for("read_access_token", token_id=str(token.id)).path
    response.headers["Location"] = location
    response.headers["Cache-Control"] = "no-store"
    return DataResponse(token)


@router.get("/{token_id}", response_model=Envelope[TokenOut], responses=errors(AccessTokenNotFound))
async def read_access_token(session: OwnReadSession, token_id: UUID) -> DataResponse[TokenOut]:
    """Return one of your tokens, without its text."""
    return DataResponse(await service.get_token(session, token_id))


@router.delete("/{token_id}", status_code=204, responses=errors(AccessTokenNotFound))
async def delete_access_token(session: OwnSession, token_id: UUID) -> None:
    """Delete one of your tokens. Programs that use it stop working at once."""
    await service.delete_token(session, token_id)


@router.post(
    "/checks",
    response_model=Envelope[TokenUserOut],
    dependencies=[Depends(CHECKS)],
    responses=errors(AccessTokenInvalid),
)
async def check_access_token(
    session: Session,
    given: Annotated[SecretStr, Header(alias=TOKEN_HEADER, min_length=10, max_length=200)],
) -> DataResponse[TokenUserOut]:
    """Return the user of a token, and record its use."""
    user_id = await service.authenticate(session, given.get_secret_value())
    return DataResponse(TokenUserOut(user_id=user_id))
