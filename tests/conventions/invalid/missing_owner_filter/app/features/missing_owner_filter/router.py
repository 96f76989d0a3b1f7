"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.core.db import ReadSession
from app.features.missing_owner_filter import service
from app.features.missing_owner_filter.models import Wish

router = Router(prefix=f"{API_V1}/wishes", tags=["wishes"])


class WishOut(ResponseModel):
    """A wish of a user."""

    title: str = Field(examples=["A bicycle"])


@router.get("/{wish_id}", response_model=Envelope[WishOut], responses=errors(service.WishNotFound))
async def read_wish(_: CurrentUser, session: ReadSession, wish_id: UUID) -> DataResponse[Wish]:
    """Return one of your wishes."""
    return DataResponse(await service.get_wish(session, wish_id))


@router.get(
    "/{wish_id}/copy", response_model=Envelope[WishOut], responses=errors(service.WishNotFound)
)
async def read_copy(_: CurrentUser, session: ReadSession, wish_id: UUID) -> DataResponse[Wish]:
    """Return one of your wishes again."""
    wish = await session.get(Wish, wish_id)  # violates: missing-owner-filter
    if wish is None:
        raise service.WishNotFound
    return DataResponse(wish)
