"""Endpoints of access keys, and the one that machines call with them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, Security
from fastapi.security import APIKeyHeader
from pydantic import Field

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
from app.features.access_keys import service
from app.features.access_keys.models import AccessKey
from app.features.access_keys.schemas import (
    AccessKeyIn,
    AccessKeyOut,
    AccessKeyQuery,
    CreatedAccessKeyOut,
)
from app.features.access_keys.service import AccessKeyInvalid, AccessKeyNamed, AccessKeyNotFound

_header = APIKeyHeader(name="X-Access-Key", auto_error=False, scheme_name="access_key")

router = Router(prefix=API_V1, tags=["access keys"])


class KeyOwnerOut(ResponseModel):
    """The user for whom a key acts."""

    account_id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])


async def owner_of_key(session: Session, given: Annotated[str | None, Security(_header)]) -> UUID:
    """Return the owner of the key in the header.

    Raises:
        AccessKeyInvalid: The key is missing or invalid.
    """
    if given is None:
        raise AccessKeyInvalid
    owner_id = await service.owner_of(session, given, scopes=["stock:read"])
    await service.touch_key(session, given)
    return owner_id


@router.get(
    "/access-keys", response_model=PageEnvelope[AccessKeyOut], responses=errors(InvalidCursor)
)
async def list_access_keys(
    user: CurrentUser, session: OwnReadSession, query: Annotated[AccessKeyQuery, Query()]
) -> Page[AccessKey]:
    """List your keys, newest first."""
    return await service.list_keys(session, query, owner_id=user.id)


@router.post(
    "/access-keys",
    response_model=Envelope[CreatedAccessKeyOut],
    status_code=201,
    dependencies=[Depends(RateLimit("10/hour", name="access_keys"))],
    responses=with_location(AccessKeyNamed),
)
async def create_access_key(
    user: CurrentUser, session: OwnSession, new: AccessKeyIn, request: Request, response: Response
) -> DataResponse[service.CreatedKey]:
    """Create a key. Its text is in this response only."""
    key = await service.create_key(session, new, owner_id=user.id)
    response.headers["Location"] = f"{request.url.path}/{key.id}"
    return DataResponse(key)


@router.delete("/access-keys/{key_id}", status_code=204, responses=errors(AccessKeyNotFound))
async def delete_access_key(session: OwnSession, key_id: UUID) -> None:
    """Delete a key."""
    await service.delete_key(session, key_id)


@router.post(
    "/access-key-checks",
    response_model=Envelope[KeyOwnerOut],
    responses=errors(AccessKeyInvalid),
)
async def check_access_key(
    owner_id: Annotated[UUID, Depends(owner_of_key)],
) -> DataResponse[KeyOwnerOut]:
    """Return for whom the key in `X-Access-Key` acts."""
    return DataResponse(KeyOwnerOut(account_id=owner_id))
