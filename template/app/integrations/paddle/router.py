"""Endpoints: each validates, calls one function of the service, and returns."""

from time import time
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request, Response
from pydantic import ValidationError

from app.accounts.settings import AccountSettings
from app.accounts.signed_in import CurrentUser
from app.core.configuration import settings_of
from app.core.database import ReadSession, Session
from app.core.envelope import Answer, Envelope
from app.core.idempotency import Idempotent
from app.core.openapi import errors, with_location
from app.core.rate_limit import RateLimit, Unlimited
from app.core.routing import Router
from app.core.upstream_errors import UPSTREAM_ERRORS
from app.core.versions import API_V1
from app.integrations.paddle import billing
from app.integrations.paddle.client import Paddle
from app.integrations.paddle.entities import Event
from app.integrations.paddle.errors import (
    AddressUnproven,
    AlreadySubscribed,
    CustomerNotFound,
    EventNotApplied,
    EventUnreadable,
    PaddleOff,
    PaddleRefused,
    PlanUnknown,
    SignatureRefused,
    SubscriptionNotFound,
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
FROM_PADDLE = (PaddleOff, PaddleRefused, *UPSTREAM_ERRORS)
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
    return settings_of(request.app, PaddleSettings)


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
        SignatureRefused: Somebody else sent it, or Paddle did too long ago.
    """
    secret, tolerance = settings.paddle_webhook_secret, settings.paddle_webhook_tolerance_seconds
    if secret is None:
        raise SignatureRefused
    body, key = await request.body(), secret.get_secret_value()
    check_signature(paddle_signature, body, secret=key, now=time(), tolerance=tolerance)
    return body


@webhooks_router.post(
    "",
    response_model=Envelope[ReceivedOut],
    dependencies=[Depends(Unlimited())],
    responses=errors(SignatureRefused, EventUnreadable, EventNotApplied),
    openapi_extra={"requestBody": _EVENT},
)
async def receive_paddle_event(
    body: Annotated[bytes, Depends(read_signed_body)], session: Session
) -> Answer[ReceivedOut]:
    """Take an event from Paddle. One that came before is acknowledged and changes nothing."""
    try:
        payload: dict[str, Any] = orjson.loads(body.replace(*_NUL))
        event = Event.model_validate(payload)
    except (orjson.JSONDecodeError, ValidationError):
        raise EventUnreadable from None
    outcome = await receive_event(session, event, payload)
    return Answer(ReceivedOut(event_id=event.event_id, outcome=outcome))


@billing_router.get(
    "/subscription",
    response_model=Envelope[SubscriptionOut],
    responses=errors(SubscriptionNotFound),
)
async def read_subscription(
    user: CurrentUser, session: ReadSession, settings: PaddleConfiguration
) -> Answer[SubscriptionOut]:
    """Return your subscription."""
    return Answer(await billing.get_subscription(session, user.id, settings=settings))


@billing_router.post(
    "/checkouts",
    response_model=Envelope[CheckoutOut],
    status_code=201,
    dependencies=[Depends(PURCHASES), Depends(Idempotent())],
    responses=with_location(PlanUnknown, AlreadySubscribed, AddressUnproven, *FROM_PADDLE),
)
async def create_checkout(
    user: CurrentUser,
    session: Session,
    wanted: CheckoutIn,
    paddle: Paddle,
    settings: PaddleConfiguration,
    request: Request,
    response: Response,
) -> Answer[CheckoutOut]:
    """Start to buy a plan. Open the checkout with Paddle.js, or send the user to its page."""
    mails = settings_of(request.app, AccountSettings).mails
    checkout = await billing.start_checkout(
        session,
        user,
        wanted,
        paddle=paddle,
        settings=settings,
        is_proven=mails and user.verified_at is not None,
    )
    response.headers["Location"] = checkout.url
    return Answer(checkout)


@billing_router.post(
    "/portal-sessions",
    response_model=Envelope[PortalSessionOut],
    status_code=201,
    dependencies=[Depends(PURCHASES)],
    responses=with_location(CustomerNotFound, *FROM_PADDLE),
)
async def create_portal_session(
    user: CurrentUser, session: ReadSession, paddle: Paddle, response: Response
) -> Answer[PortalSessionOut]:
    """Open your pages at Paddle: invoices, the way you pay, and the end of a subscription."""
    portal = await billing.open_portal(session, user.id, paddle=paddle)
    response.headers["Location"] = portal.url
    return Answer(portal)
