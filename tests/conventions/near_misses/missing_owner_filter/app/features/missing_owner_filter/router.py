"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.errors import RoleMissing
from app.accounts.owned import OwnReadSession
from app.accounts.signed_in import Admin, CurrentUser
from app.core.database import ReadSession
from app.core.envelope import Answer, Envelope
from app.core.openapi import errors
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1
from app.features.missing_owner_filter import service

router = Router(prefix=f"{API_V1}/wishes", tags=["wishes"])


class WishOut(Output):
    """What a user wants."""

    title: str = Field(examples=["A bicycle"])


@router.get("/{wish_id}", response_model=Envelope[WishOut], responses=errors(service.WishNotFound))
async def read_wish(session: OwnReadSession, wish_id: UUID) -> Answer[service.Wish]:
    """Return one of your wishes."""
    return Answer(await service.get_wish(session, wish_id))


@router.get(
    "/{wish_id}/copy", response_model=Envelope[WishOut], responses=errors(service.WishNotFound)
)
async def read_copy(user: CurrentUser, session: ReadSession, wish_id: UUID) -> Answer[service.Wish]:
    """Return one of your wishes again."""
    return Answer(await service.get_wish_of(session, wish_id, owner_id=user.id))


@router.get(
    "/{wish_id}/original",
    response_model=Envelope[WishOut],
    responses=errors(RoleMissing, service.WishNotFound),
)
async def read_original(_: Admin, session: ReadSession, wish_id: UUID) -> Answer[service.Wish]:
    """Return a wish of anybody. For administrators."""
    return Answer(await service.get_any_wish(session, wish_id))
