"""What can be wrong with a request about billing.

BadRequest
├─ SignatureRefused      400
├─ EventUnreadable       400
└─ PlanUnknown           400
Forbidden
└─ PlanRequired          403
NotFound
├─ SubscriptionNotFound  404
└─ CustomerNotFound      404
Conflict
├─ AlreadySubscribed     409
└─ AddressUnproven       409
AppError
└─ EventNotApplied       500
BadGateway
└─ PaddleRefused         502
Unavailable
└─ PaddleOff             503
"""

from app.core.errors import (
    AppError,
    BadGateway,
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    Unavailable,
)


class SignatureRefused(BadRequest):
    """The event is not signed by Paddle, or was signed too long ago."""

    code = "signature_refused"
    message = "The header Paddle-Signature does not fit this body, or is too old."


class EventUnreadable(BadRequest):
    """The body is signed, but is no event."""

    code = "event_unreadable"
    message = "The body is not an event of Paddle Billing."


class PlanUnknown(BadRequest):
    """There is no such plan, or the price is not one of its prices."""

    code = "plan_unknown"
    message = "There is no such plan, or it is not sold at this price."


class PlanRequired(Forbidden):
    """This needs a plan that the user has not."""

    code = "plan_required"
    message = "Your plan does not include this. POST /billing/checkouts starts a subscription."


class SubscriptionNotFound(NotFound):
    """The user has no subscription."""

    code = "subscription_not_found"
    message = "You have no subscription. POST /billing/checkouts starts one."


class CustomerNotFound(NotFound):
    """The user has never been to a checkout."""

    code = "customer_not_found"
    message = "You have not bought anything yet. POST /billing/checkouts starts a subscription."


class AlreadySubscribed(Conflict):
    """The user has a subscription to this plan already."""

    code = "already_subscribed"
    message = "You have a subscription to this plan. POST /billing/portal-sessions leads to it."


class AddressUnproven(Conflict):
    """Paddle knows somebody at this address, and it is not proven to be the user's."""

    code = "address_unproven"
    message = (
        "Somebody has bought with your address before. Verify your address or use another one; "
        "if it is verified, ask us for help."
    )


class EventNotApplied(AppError):
    """The event could not be applied; it is kept, and Paddle sends it again."""

    code = "event_not_applied"
    message = "The event could not be applied. Send it again later."


class PaddleRefused(BadGateway):
    """Paddle did not do what we asked for."""

    code = "paddle_refused"
    message = "The payment provider refused this. Nothing was bought or changed."


class PaddleOff(Unavailable):
    """This service has no key of Paddle's API."""

    code = "paddle_off"
    message = "This service is not connected to its payment provider."
