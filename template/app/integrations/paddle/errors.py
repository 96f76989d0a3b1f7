"""What can be wrong with a request about billing.

BadRequest
├─ InvalidSignature      400
├─ InvalidEvent       400
└─ UnknownPlan           400
Forbidden
└─ PlanRequired          403
NotFound
├─ SubscriptionNotFound  404
└─ CustomerNotFound      404
Conflict
├─ AlreadySubscribed     409
└─ EmailNotVerified       409
AppError
└─ EventNotApplied       500
BadGateway
└─ PaddleRejected         502
Unavailable
└─ PaddleDisabled             503
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


class InvalidSignature(BadRequest):
    """The event is not signed by Paddle, or was signed too long ago."""

    code = "invalid_signature"
    message = "The header Paddle-Signature does not fit this body, or is too old."


class InvalidEvent(BadRequest):
    """The body is signed, but is no event."""

    code = "invalid_event"
    message = "The body is not an event of Paddle Billing."


class UnknownPlan(BadRequest):
    """There is no such plan, or the price is not one of its prices."""

    code = "unknown_plan"
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


class EmailNotVerified(Conflict):
    """Paddle knows somebody at this address, and it is not proven to be the user's."""

    code = "email_not_verified"
    message = (
        "Somebody has bought with your address before. Verify your address or use another one; "
        "if it is verified, ask us for help."
    )


class EventNotApplied(AppError):
    """The event could not be applied; it is kept, and Paddle sends it again."""

    code = "event_not_applied"
    message = "The event could not be applied. Send it again later."


class PaddleRejected(BadGateway):
    """Paddle did not do what we asked for."""

    code = "paddle_rejected"
    message = "The payment provider refused this. Nothing was bought or changed."


class PaddleDisabled(Unavailable):
    """This service has no key of Paddle's API."""

    code = "paddle_disabled"
    message = "This service is not connected to its payment provider."
