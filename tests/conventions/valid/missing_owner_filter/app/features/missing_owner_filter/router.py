"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.accounts.owned import OwnReadSession
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.core.db import ReadSession
from app.features.missing_owner_filter import service

router = Router(prefix=f"{API_V1}/wishes", tags=["wishes"])


class WishOut(ResponseModel):
    """A wish of a user."""

    title: str = Field(examples=["A bicycle"])


@router.get("/{wish_id}", response_model=Envelope[WishOut], responses=errors(service.WishNotFound))
async def read_wish(session: OwnReadSession, wish_id: UUID) -> DataResponse[service.Wish]:
    """Return one of your wishes."""
    return DataResponse(await service.get_wish(session, wish_id))


@router.get(
    "/{wish_id}/copy", response_model=Envelope[WishOut], responses=errors(service.WishNotFound)
)
async def read_copy(
    user: CurrentUser, session: ReadSession, wish_id: UUID
) -> DataResponse[service.Wish]:
    """Return one of your wishes again."""
    return DataResponse(await service.get_wish_of(session, wish_id, owner_id=user.id))


@router.get(
    "/{wish_id}/original",
    response_model=Envelope[WishOut],
    responses=errors(InsufficientRole, service.WishNotFound),
)
async def read_original(
    _: Admin, session: ReadSession, wish_id: UUID
) -> DataResponse[service.Wish]:
    """Return a wish of any user. For administrators."""
    return DataResponse(await service.get_any_wish(session, wish_id))
