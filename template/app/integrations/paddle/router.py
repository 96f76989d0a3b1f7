"""Endpoints: each validates, calls one function of the service, and returns."""

from time import time
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request, Response
from pydantic import ValidationError

from app.accounts.dependencies import CurrentUser
from app.accounts.settings import AccountSettings
from app.core.api import API_V1, DataResponse, Envelope, Router, errors, with_location
from app.core.db import ReadSession, Session
from app.core.guards import Idempotent, NoRateLimit, RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.integrations.paddle import billing
from app.integrations.paddle.client import Paddle
from app.integrations.paddle.entities import Event
from app.integrations.paddle.errors import (
    AlreadySubscribed,
    CustomerNotFound,
    EmailNotVerified,
    EventNotApplied,
    InvalidEvent,
    InvalidSignature,
    PaddleDisabled,
    PaddleRejected,
    SubscriptionNotFound,
    UnknownPlan,
)
from app.integrations.paddle.events import receive_event
from app.integrations.paddle.schemas import (
    CheckoutIn,
    CheckoutOut,
    PortalSessionOut,
    ReceivedOut,
    SubscriptionOut,
)
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.signature import check_signature

PURCHASES = RateLimit("10/minute", name="purchases")
FROM_PADDLE = (PaddleDisabled, PaddleRejected, *UPSTREAM_ERRORS)
_EVENT = {
    "required": True,
    "description": "An event of Paddle Billing, signed over these very bytes.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}

_NUL = rb"\u0000", rb"\ufffd"
"""What PostgreSQL cannot keep, and what stands for it: an event must not be lost for that."""

webhooks_router = Router(prefix=f"{API_V1}/paddle/webhooks", tags=["billing"])
billing_router = Router(prefix=f"{API_V1}/billing", tags=["billing"])


def get_paddle_settings(request: Request) -> PaddleSettings:
    """Return the settings of Paddle."""
    return get(PaddleSettings)


PaddleConfiguration = Annotated[PaddleSettings, Depends(get_paddle_settings)]


async def read_signed_body(
    request: Request,
    settings: PaddleConfiguration,
    paddle_signature: Annotated[
        str | None, Header(description="`ts=…;h1=…`, made with the secret of the destination.")
    ] = None,
) -> bytes:
    """Return the body of a request that Paddle has signed.

    Raises:
        InvalidSignature: Somebody else sent it, or Paddle did too long ago.
    """
    secret, tolerance = settings.paddle_webhook_secret, settings.paddle_webhook_tolerance_seconds
    if secret is None:
        raise InvalidSignature
    body, key = await request.body(), secret.get_secret_value()
    check_signature(paddle_signature, body, secret=key, now=time(), tolerance=tolerance)
    return body


@webhooks_router.post(
    "",
    response_model=Envelope[ReceivedOut],
    dependencies=[Depends(NoRateLimit())],
    responses=errors(InvalidSignature, InvalidEvent, EventNotApplied),
    openapi_extra={"requestBody": _EVENT},
)
async def receive_paddle_event(
    body: Annotated[bytes, Depends(read_signed_body)], session: Session
) -> DataResponse[ReceivedOut]:
    """Take an event from Paddle. One that came before is acknowledged and changes nothing."""
    try:
        payload: dict[str, Any] = orjson.loads(body.replace(*_NUL))
        event = Event.model_validate(payload)
    except (orjson.JSONDecodeError, ValidationError):
        raise InvalidEvent from None
    outcome = await receive_event(session, event, payload)
    return DataResponse(ReceivedOut(event_id=event.event_id, outcome=outcome))


@billing_router.get(
    "/subscription",
    response_model=Envelope[SubscriptionOut],
    responses=errors(SubscriptionNotFound),
)
async def read_subscription(
    user: CurrentUser, session: ReadSession, settings: PaddleConfiguration
) -> DataResponse[SubscriptionOut]:
    """Return your subscription."""
    return DataResponse(await billing.get_subscription(session, user.id, settings=settings))


@billing_router.post(
    "/checkouts",
    response_model=Envelope[CheckoutOut],
    status_code=201,
    dependencies=[Depends(PURCHASES), Depends(Idempotent())],
    responses=with_location(UnknownPlan, AlreadySubscribed, EmailNotVerified, *FROM_PADDLE),
)
async def create_checkout(
    user: CurrentUser,
    session: Session,
    wanted: CheckoutIn,
    paddle: Paddle,
    settings: PaddleConfiguration,
    request: Request,
    response: Response,
) -> DataResponse[CheckoutOut]:
    """Start to buy a plan. Open the checkout with Paddle.js, or send the user to its page."""
    mails = get(AccountSettings).mails
    checkout = await billing.start_checkout(
        session,
        user,
        wanted,
        paddle=paddle,
        settings=settings,
        is_proven=mails and user.verified_at is not None,
    )
    response.headers["Location"] = checkout.url
    return DataResponse(checkout)


@billing_router.post(
    "/portal-sessions",
    response_model=Envelope[PortalSessionOut],
    status_code=201,
    dependencies=[Depends(PURCHASES)],
    responses=with_location(CustomerNotFound, *FROM_PADDLE),
)
async def create_portal_session(
    user: CurrentUser, session: ReadSession, paddle: Paddle, response: Response
) -> DataResponse[PortalSessionOut]:
    """Open your pages at Paddle: invoices, the way you pay, and the end of a subscription."""
    portal = await billing.open_portal(session, user.id, paddle=paddle)
    response.headers["Location"] = portal.url
    return DataResponse(portal)
