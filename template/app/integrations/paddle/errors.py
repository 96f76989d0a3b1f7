"""Errors of requests about billing.

BadRequest
├─ InvalidSignature      400
├─ InvalidEvent          400
└─ UnknownPlan           400
Forbidden
└─ PlanRequired          403
NotFound
├─ InvoiceNotFound       404
├─ SubscriptionNotFound  404
└─ CustomerNotFound      404
Conflict
├─ AlreadySubscribed     409
├─ CheckoutInProgress    409
├─ ChangeRejected        409
├─ NotChangeable         409
├─ PaymentDeclined       409
└─ EmailNotVerified      409
AppError
└─ EventNotApplied       500
BadGateway
└─ PaddleRejected        502
Unavailable
└─ PaddleDisabled        503
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
    """The event is not signed by Paddle, or the signature is too old."""

    code = "invalid_signature"
    message = "Paddle-Signature is invalid for this body, or too old."


class InvalidEvent(BadRequest):
    """The body is signed, but is not an event."""

    code = "invalid_event"
    message = "The body is not an event of Paddle Billing."


class UnknownPlan(BadRequest):
    """The plan does not exist, or does not have this price."""

    code = "unknown_plan"
    message = "This plan does not exist, or is not sold at this price."


class PlanRequired(Forbidden):
    """The route needs a plan that the user does not have."""

    code = "plan_required"
    message = "Your plan does not include this. POST /billing/checkouts starts a subscription."


class SubscriptionNotFound(NotFound):
    """The user has no subscription."""

    code = "subscription_not_found"
    message = "You have no subscription. POST /billing/checkouts starts one."


class InvoiceNotFound(NotFound):
    """The user has no such invoice, or it is not issued yet."""

    code = "invoice_not_found"
    message = "You have no such invoice. GET /billing/invoices lists them."


class CustomerNotFound(NotFound):
    """The user has never started a checkout."""

    code = "customer_not_found"
    message = "You have not bought anything yet. POST /billing/checkouts starts a subscription."


class AlreadySubscribed(Conflict):
    """The user has a subscription already, which has not ended."""

    code = "already_subscribed"
    message = (
        "You have a subscription. PATCH /billing/subscription changes its plan; "
        "GET /billing/subscription tells whether it is paused or a payment is due."
    )


class ChangeRejected(Conflict):
    """Paddle does not change the subscription in its present state."""

    code = "change_rejected"
    message = (
        "The subscription cannot be changed now. If a change is scheduled, remove it with "
        "DELETE /billing/subscription/scheduled-change; if a payment is due, pay it by POST "
        "/billing/portal-sessions; within 30 minutes before the renewal, retry after it."
    )


class NotChangeable(Conflict):
    """The subscription consists of several prices that are in no plan."""

    code = "not_changeable"
    message = "Your subscription has none of the plans for sale. Contact support to change it."


class PaymentDeclined(Conflict):
    """The payment for a change was declined; nothing has changed."""

    code = "payment_declined"
    message = (
        "The payment was declined, and nothing has changed. POST /billing/portal-sessions leads "
        "to the page that changes the payment method."
    )


class CheckoutInProgress(Conflict):
    """Another request works on the user's checkout, or its payment is being processed."""

    code = "checkout_in_progress"
    message = "Your checkout is being opened or paid. Retry after the time in Retry-After."
    retry_after_seconds = 2


class EmailNotVerified(Conflict):
    """Paddle has a customer with this address, and the user has not verified it."""

    code = "email_not_verified"
    message = (
        "Another customer has this email address. Verify it or use another one; "
        "if it is verified, contact support."
    )


class EventNotApplied(AppError):
    """The event could not be applied; it is stored as failed, and Paddle retries."""

    code = "event_not_applied"
    message = "The event could not be applied. Send it again later."


class PaddleRejected(BadGateway):
    """Paddle rejected a request of this service."""

    code = "paddle_rejected"
    message = "The payment provider rejected the request. Nothing was bought or changed."


class PaddleDisabled(Unavailable):
    """No API key is set."""

    code = "paddle_disabled"
    message = "This service is not connected to its payment provider."
