"""Endpoints of billing: each validates, calls one service function, and returns."""

from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    with_location,
)
from app.core.db import ReadSession, Session
from app.core.guards import NoRateLimit, RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.integrations.paddle import (
    billing,
    catalogue,
    changes,
    checkouts,
    customers,
    duplicates,
    events,
)
from app.integrations.paddle.entities import PaddleId
from app.integrations.paddle.errors import (
    AlreadySubscribed,
    ChangeRejected,
    CheckoutInProgress,
    CustomerNotFound,
    EmailNotVerified,
    EventNotApplied,
    InvalidEvent,
    InvalidSignature,
    InvoiceNotFound,
    NotChangeable,
    PaddleDisabled,
    PaddleRejected,
    PaymentDeclined,
    SubscriptionNotFound,
    UnknownPlan,
)
from app.integrations.paddle.models import PaddleSubscription, PaddleTransaction
from app.integrations.paddle.schemas import (
    ChangePreviewOut,
    CheckoutIn,
    CheckoutOut,
    DuplicateOut,
    DuplicateQuery,
    InvoiceOut,
    InvoicePdfOut,
    InvoiceQuery,
    PlanOut,
    PortalSessionOut,
    ReceivedOut,
    ScheduleIn,
    SubscriptionOut,
)

PURCHASES = RateLimit("10/minute", name="purchases")
PRICE_LISTS = RateLimit("60/minute", name="price-lists")
PADDLE_ERRORS = (PaddleDisabled, PaddleRejected, *UPSTREAM_ERRORS)
CHANGE_ERRORS = (
    *(SubscriptionNotFound, NotChangeable, ChangeRejected, PaymentDeclined),
    *PADDLE_ERRORS,
)
_EVENT = {
    "required": True,
    "description": "An event of Paddle Billing, signed over its raw bytes.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}

router = Router(prefix=API_V1, tags=["billing"])


@router.post(
    "/paddle/webhooks",
    response_model=Envelope[ReceivedOut],
    dependencies=[Depends(NoRateLimit())],
    responses=errors(InvalidSignature, InvalidEvent, EventNotApplied),
    openapi_extra={"requestBody": _EVENT},
)
async def receive_paddle_event(
    session: Session,
    request: Request,
    paddle_signature: Annotated[
        str | None,
        Header(
            max_length=2000, description="`ts=…;h1=…`, made with the secret of the destination."
        ),
    ] = None,
) -> DataResponse[ReceivedOut]:
    """Receive an event of Paddle. A repeated one is acknowledged and changes nothing."""
    body = await request.body()
    return DataResponse(await events.receive_event(session, body, signature=paddle_signature))


@router.get(
    "/billing/subscription",
    response_model=Envelope[SubscriptionOut],
    responses=errors(SubscriptionNotFound),
)
async def read_subscription(
    user: CurrentUser, session: ReadSession
) -> DataResponse[SubscriptionOut]:
    """Return your subscription."""
    return DataResponse(await billing.get_subscription(session, user.id))


@router.post(
    "/billing/checkouts",
    response_model=Envelope[CheckoutOut],
    status_code=201,
    dependencies=[Depends(PURCHASES)],
    responses=with_location(
        UnknownPlan, AlreadySubscribed, CheckoutInProgress, EmailNotVerified, *PADDLE_ERRORS
    ),
)
async def create_checkout(
    user: CurrentUser, order: CheckoutIn, response: Response
) -> DataResponse[CheckoutOut]:
    """Start the purchase of a plan. Open the checkout with Paddle.js, or redirect to its page.

    You have one checkout at a time: a repeated request returns it, another order changes it.
    """
    checkout = await checkouts.start_checkout(user, order)
    response.headers["Location"] = checkout.url
    return DataResponse(checkout)


@router.patch(
    "/billing/subscription",
    response_model=Envelope[SubscriptionOut],
    dependencies=[Depends(PURCHASES)],
    responses=errors(UnknownPlan, *CHANGE_ERRORS),
)
async def change_subscription(
    user: CurrentUser, order: CheckoutIn
) -> DataResponse[SubscriptionOut]:
    """Change your plan, its interval or the quantity. The difference is paid or credited."""
    return DataResponse(await changes.change_plan(user, order))


@router.post(
    "/billing/subscription/previews",
    response_model=Envelope[ChangePreviewOut],
    dependencies=[Depends(PURCHASES)],
    responses=errors(UnknownPlan, *CHANGE_ERRORS),
)
async def preview_subscription(
    user: CurrentUser, order: CheckoutIn
) -> DataResponse[ChangePreviewOut]:
    """Preview the payments of a change, without making it."""
    return DataResponse(await changes.preview_change(user, order))


@router.put(
    "/billing/subscription/scheduled-change",
    response_model=Envelope[SubscriptionOut],
    dependencies=[Depends(PURCHASES)],
    responses=errors(*CHANGE_ERRORS),
)
async def schedule_change(user: CurrentUser, change: ScheduleIn) -> DataResponse[SubscriptionOut]:
    """Cancel or pause your subscription at the end of the period that is paid for."""
    return DataResponse(await changes.schedule(user, change.action))


@router.delete(
    "/billing/subscription/scheduled-change",
    status_code=204,
    dependencies=[Depends(PURCHASES)],
    responses=errors(*CHANGE_ERRORS),
)
async def remove_scheduled_change(user: CurrentUser) -> None:
    """Keep your subscription: remove the scheduled cancellation or pause."""
    await changes.unschedule(user)


@router.post(
    "/billing/subscription/resumptions",
    response_model=Envelope[SubscriptionOut],
    dependencies=[Depends(PURCHASES)],
    responses=errors(*CHANGE_ERRORS),
)
async def resume_subscription(user: CurrentUser) -> DataResponse[SubscriptionOut]:
    """Resume your paused subscription now."""
    return DataResponse(await changes.resume(user))


# conventions: ignore[unpaginated-list] as many as PADDLE_PLANS names
@router.get(
    "/billing/plans",
    response_model=Envelope[list[PlanOut]],
    dependencies=[Depends(PRICE_LISTS)],
    responses=errors(*PADDLE_ERRORS),
)
async def list_plans() -> DataResponse[list[PlanOut]]:
    """List the plans that are for sale, with their prices."""
    return DataResponse(await catalogue.list_plans())


@router.get(
    "/billing/invoices",
    response_model=PageEnvelope[InvoiceOut],
    responses=errors(InvalidCursor),
)
async def list_invoices(
    user: CurrentUser, session: ReadSession, query: Annotated[InvoiceQuery, Query()]
) -> Page[PaddleTransaction]:
    """List your invoices, page by page."""
    return await catalogue.list_invoices(session, user.id, query)


@router.get(
    "/billing/invoices/{invoice_id}/pdf",
    response_model=Envelope[InvoicePdfOut],
    dependencies=[Depends(PURCHASES)],
    responses=errors(InvoiceNotFound, *PADDLE_ERRORS),
)
async def read_invoice_pdf(user: CurrentUser, invoice_id: PaddleId) -> DataResponse[InvoicePdfOut]:
    """Return a link to the PDF of one of your invoices."""
    return DataResponse(await catalogue.find_invoice_pdf(user.id, invoice_id))


@router.post(
    "/billing/portal-sessions",
    response_model=Envelope[PortalSessionOut],
    status_code=201,
    dependencies=[Depends(PURCHASES)],
    responses=with_location(CustomerNotFound, *PADDLE_ERRORS),
)
async def create_portal_session(
    user: CurrentUser, response: Response
) -> DataResponse[PortalSessionOut]:
    """Open your pages at Paddle: invoices, payment methods and cancellation."""
    portal = await customers.open_portal(user.id)
    response.headers["Location"] = portal.url
    return DataResponse(portal)


@router.get(
    "/billing/duplicates",
    response_model=PageEnvelope[DuplicateOut],
    responses=errors(InvalidCursor, InsufficientRole),
)
async def list_duplicates(
    _: Admin, session: ReadSession, query: Annotated[DuplicateQuery, Query()]
) -> Page[PaddleSubscription]:
    """List second subscriptions of users, who pay twice, page by page. Administrators only."""
    return await duplicates.list_duplicates(session, query)
