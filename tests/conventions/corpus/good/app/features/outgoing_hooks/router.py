"""Endpoints of subscriptions."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field, StringConstraints
from sqlalchemy.dialects.postgresql import insert

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnerSession, OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    with_location,
)
from app.core.errors import Conflict
from app.core.services import get
from app.features.outgoing_hooks.calling import HookCaller, PartnerUnknown
from app.features.outgoing_hooks.models import HookSubscription

router = Router(prefix=f"{API_V1}/hook-subscriptions", tags=["hooks"])


class HookSubscribed(Conflict):
    """The user has this subscription."""

    code = "hook_subscribed"
    message = "You have a subscription of this path already."


class SubscriptionIn(RequestModel):
    """A path at a partner."""

    partner: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,30}$")] = Field(examples=["erp"])
    path: Annotated[str, StringConstraints(pattern=r"^/[a-z0-9/-]{0,99}$")] = Field(
        examples=["/hooks/orders"]
    )


class SubscriptionOut(ResponseModel):
    """A subscription."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    partner: str = Field(examples=["erp"])
    path: str = Field(examples=["/hooks/orders"])


@router.post(
    "",
    response_model=Envelope[SubscriptionOut],
    status_code=201,
    responses=with_location(HookSubscribed, PartnerUnknown),
)
async def subscribe_hook(
    user: CurrentUser,
    session: OwnSession,
    new: SubscriptionIn,
    request: Request,
    response: Response,
) -> DataResponse[HookSubscription]:
    """Have a path of a known partner called when something happens."""
    get(HookCaller).client_of(new.partner)
    subscription = await _store(session, new, owner_id=user.id)
    response.headers["Location"] = f"{request.url.path}/{subscription.id}"
    return DataResponse(subscription)


async def _store(session: OwnerSession, new: SubscriptionIn, *, owner_id: UUID) -> HookSubscription:
    statement = insert(HookSubscription).values(owner_id=owner_id, **new.model_dump())
    stored: HookSubscription | None = await session.scalar(
        statement.on_conflict_do_nothing().returning(HookSubscription)
    )
    if stored is None:
        raise HookSubscribed
    return stored
