"""Drive a fake Paddle with Paddle's own SDK."""

import os
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

from paddle_billing import Client, Environment, Options
from paddle_billing.Entities.Notifications import NotificationEvent
from paddle_billing.Entities.Shared import Action, AdjustmentActionType, CustomData
from paddle_billing.Entities.Subscriptions import (
    SubscriptionEffectiveFrom,
    SubscriptionOnResume,
    SubscriptionProrationBillingMode,
)
from paddle_billing.Exceptions.ApiError import ApiError
from paddle_billing.Notifications import Secret, Verifier
from paddle_billing.Resources.Adjustments.Operations import CreateAdjustment
from paddle_billing.Resources.CustomerPortalSessions.Operations import CreateCustomerPortalSession
from paddle_billing.Resources.Customers.Operations import (
    CreateCustomer,
    ListCustomers,
    UpdateCustomer,
)
from paddle_billing.Resources.Prices.Operations import ListPrices
from paddle_billing.Resources.Shared.Operations import Pager
from paddle_billing.Resources.Subscriptions.Operations import (
    CancelSubscription,
    ListSubscriptions,
    PauseSubscription,
    PreviewUpdateSubscription,
    ResumeSubscription,
    UpdateSubscription,
)
from paddle_billing.Resources.Subscriptions.Operations.Update import SubscriptionUpdateItem
from paddle_billing.Resources.Transactions.Operations import (
    CreateTransaction,
    ListTransactions,
    UpdateTransaction,
)
from paddle_billing.Resources.Transactions.Operations.Create import TransactionCreateItem

ADDRESS, SECRET = os.environ["PADDLE_ADDRESS"], os.environ["PADDLE_WEBHOOK_SECRET"]
NOW = SubscriptionEffectiveFrom.Immediately
events: list[Any] = []


class Receiver(BaseHTTPRequestHandler):
    """Verifies and reads webhooks as a service does."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = SimpleNamespace(body=body, headers=self.headers, content=body)
        assert Verifier().verify(request, Secret(SECRET))
        assert self.headers["Content-Type"] == "application/json"
        event = NotificationEvent.from_request(SimpleNamespace(body=body))
        assert type(event.data).__name__ != "UndefinedEntity", event
        events.append(event)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def refused(code: str) -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        assert error.error_code == code, error.error_code
        assert error.detail
        return
    raise AssertionError(code)


def press(url: str, button: bytes = b"") -> None:
    urllib.request.urlopen(url, data=button).close()


receiver = HTTPServer(("127.0.0.1", int(os.environ["RECEIVER_PORT"])), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
Environment.base_url = property(lambda _: ADDRESS)  # type: ignore[method-assign]
paddle = Client(os.environ["PADDLE_API_KEY"], options=Options(Environment.SANDBOX))

# The catalogue.
price = paddle.prices.get("pri_promonthly")
assert price.unit_price.amount == "1900"
assert {one.id for one in paddle.prices.list()} == {"pri_promonthly", "pri_proyearly"}
assert [one.id for one in paddle.prices.list(ListPrices(ids=["pri_x"]))] == ["pri_x"]
assert {one.id for one in paddle.products.list()} == {"pro_promonthly", "pro_proyearly"}
assert paddle.products.get("pro_promonthly").name

# Customers.
ada = paddle.customers.create(CreateCustomer("ada@example.com", custom_data=CustomData({"a": 1})))
with refused("customer_already_exists"):
    paddle.customers.create(CreateCustomer("ADA@example.com"))
paddle.customers.update(ada.id, UpdateCustomer(name="Ada"))
assert paddle.customers.get(ada.id).name == "Ada"
assert [one.id for one in paddle.customers.list(ListCustomers(emails=["ADA@example.com"]))] == [
    ada.id
]
assert [one.id for one in paddle.customers.list(ListCustomers(search="exam"))] == [ada.id]
with refused("not_found"):
    paddle.customers.get("ctm_missing")

# A transaction that is changed, declined and paid.
items = [TransactionCreateItem("pri_promonthly", 2)]
sale = paddle.transactions.create(CreateTransaction(items=items, customer_id=ada.id))
assert (sale.details.totals.total, sale.items[0].quantity) == ("3800", 2)
paddle.transactions.update(
    sale.id, UpdateTransaction(items=[TransactionCreateItem("pri_promonthly", 3)])
)
press(sale.checkout.url, b"decline=1")
failed = paddle.transactions.get(sale.id)
assert (failed.status, failed.payments[0].status) == ("draft", "error")
press(sale.checkout.url)
paid = paddle.transactions.get(sale.id)
assert (paid.status, paid.details.totals.grand_total) == ("completed", "5700")
assert (
    urllib.request.urlopen(paddle.transactions.get_invoice_pdf(sale.id).url).read()[:5] == b"%PDF-"
)
with refused("transaction_immutable"):
    paddle.transactions.update(sale.id, UpdateTransaction(items=items))
found = paddle.transactions.list(ListTransactions(subscription_ids=[paid.subscription_id]))
assert [one.id for one in found] == [sale.id]

# The subscription.
subscription = paddle.subscriptions.get(paid.subscription_id)
assert (subscription.status, subscription.items[0].quantity) == ("active", 3)
own = ListSubscriptions(customer_ids=[ada.id], price_ids=["pri_promonthly"])
assert [one.id for one in paddle.subscriptions.list(own)] == [subscription.id]
yearly = [SubscriptionUpdateItem("pri_proyearly", 1)]
preview = paddle.subscriptions.preview_update(
    subscription.id,
    PreviewUpdateSubscription(
        items=yearly, proration_billing_mode=SubscriptionProrationBillingMode.ProratedImmediately
    ),
)
assert preview.update_summary.charge.amount == "19000"
assert preview.immediate_transaction.details.totals.total
with refused("subscription_items_update_missing_proration_billing_mode"):
    paddle.subscriptions.update(subscription.id, UpdateSubscription(items=yearly))
changed = paddle.subscriptions.update(
    subscription.id,
    UpdateSubscription(
        items=yearly, proration_billing_mode=SubscriptionProrationBillingMode.ProratedImmediately
    ),
)
assert changed.billing_cycle.interval == "year"
paddle.subscriptions.cancel(subscription.id, CancelSubscription())
assert paddle.subscriptions.get(subscription.id).scheduled_change.action == "cancel"
paddle.subscriptions.update(subscription.id, UpdateSubscription(scheduled_change=None))
paddle.subscriptions.pause(subscription.id, PauseSubscription(NOW))
resumed = paddle.subscriptions.resume(
    subscription.id,
    ResumeSubscription(NOW, on_resume=SubscriptionOnResume.ContinueExistingBillingPeriod),
)
assert (resumed.status, resumed.scheduled_change) == ("active", None)
portal = paddle.customer_portal_sessions.create(
    ada.id, CreateCustomerPortalSession([subscription.id])
)
assert portal.urls.subscriptions[0].cancel_subscription

# A refund, and the end.
refund = paddle.adjustments.create(CreateAdjustment.full(Action.Refund, "twice", sale.id))
assert (refund.totals.total, refund.type) == ("5700", AdjustmentActionType.Full)
ended = paddle.subscriptions.cancel(subscription.id, CancelSubscription(NOW))
assert ended.status == "canceled"
with refused("subscription_is_canceled_action_invalid"):
    paddle.subscriptions.pause(subscription.id, PauseSubscription(NOW))

# Events, as a list and as webhooks, which arrive more than once and out of order.
kinds = {str(event.event_type) for event in paddle.events.list()}
assert {"customer.created", "transaction.payment_failed", "subscription.canceled"} <= kinds
assert {str(event.event_type) for event in events} == kinds
for customer in range(3):
    paddle.customers.create(CreateCustomer(f"{customer}@example.com"))
pages = paddle.customers.list(ListCustomers(Pager(per_page=2)))
assert len({one.id for one in pages}) == 4

# What the fake does not do, it says.
with refused("not_found"):
    paddle.discounts.list()
receiver.shutdown()
