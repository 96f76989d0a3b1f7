"""Drive a fake of Paddle with Paddle's own SDK, and receive its webhooks."""

import os
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, cast

from paddle_billing import Client, Options
from paddle_billing.Entities.Notifications import NotificationEvent
from paddle_billing.Entities.Subscriptions import (
    SubscriptionEffectiveFrom,
    SubscriptionProrationBillingMode,
)
from paddle_billing.Exceptions.ApiError import ApiError
from paddle_billing.Notifications import Secret, Verifier
from paddle_billing.Resources.CustomerPortalSessions.Operations import (
    CreateCustomerPortalSession,
)
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
from paddle_billing.Resources.Subscriptions.Operations.Update.SubscriptionUpdateItem import (
    SubscriptionUpdateItem,
)
from paddle_billing.Resources.Transactions.Operations import CreateTransaction, ListTransactions
from paddle_billing.Resources.Transactions.Operations.Create import TransactionCreateItem

PRICE = "pri_promonthly"
events: list[Any] = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = SimpleNamespace(body=body, headers=self.headers)
        secret = Secret(os.environ["PADDLE_WEBHOOK_SECRET"])
        is_valid = Verifier().verify(cast("Any", request), secret)
        events.append(NotificationEvent.from_request(cast("Any", request)) if is_valid else None)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def refused(code: str) -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        if error.error_code == code:
            return
        raise
    raise AssertionError(code)


def press(url: str, form: str = "") -> str:
    with urllib.request.urlopen(url, form.encode()) as response:
        content: bytes = response.read()
        return content.decode()


receiver = ThreadingHTTPServer(("127.0.0.1", int(os.environ["WEBHOOK_PORT"])), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
options = Options()
options.environment = cast("Any", SimpleNamespace(base_url=os.environ["PADDLE_API_URL"]))
paddle = Client(os.environ["PADDLE_API_KEY"], options=options)

assert {price.id for price in paddle.prices.list()} >= {PRICE}
[unlisted] = paddle.prices.list(ListPrices(ids=["pri_other"]))
price = paddle.prices.get(PRICE)
assert (price.unit_price.amount, unlisted.id) == ("1900", "pri_other")
assert paddle.products.get(price.product_id).name == "pro"
assert list(paddle.products.list())

customer = paddle.customers.create(CreateCustomer(email="python@example.com"))
with refused("customer_already_exists"):
    paddle.customers.create(CreateCustomer(email="PYTHON@example.com"))
named = paddle.customers.update(customer.id, UpdateCustomer(name="Ada"))
assert (named.name, paddle.customers.get(customer.id).email) == ("Ada", "python@example.com")
paddle.customers.create(CreateCustomer(email="second.python@example.com"))
everybody = [one.id for one in paddle.customers.list(ListCustomers(Pager(per_page=1)))]

assert len(everybody) >= 2
with refused("not_found"):
    paddle.customers.get("ctm_missing")

order = CreateTransaction(items=[TransactionCreateItem(PRICE, 3)], customer_id=customer.id)
transaction = paddle.transactions.create(order)
assert transaction.details.totals.total == "5700"
assert transaction.checkout
assert transaction.checkout.url
with refused("bad_request"):
    paddle.transactions.create(CreateTransaction([TransactionCreateItem(PRICE, 0)]))
assert "declined" in press(transaction.checkout.url, "decline=1")
assert "<title>Paid" in press(transaction.checkout.url)
paid = paddle.transactions.get(transaction.id)
assert (paid.status, [one.status for one in paid.payments]) == ("completed", ["captured", "error"])
with urllib.request.urlopen(paddle.transactions.get_invoice_pdf(paid.id).url) as pdf:
    assert pdf.read().startswith(b"%PDF")
mine = ListTransactions(customer_ids=[customer.id])
assert [one.id for one in paddle.transactions.list(mine)] == [paid.id]

own = ListSubscriptions(customer_ids=[customer.id], price_ids=[PRICE])
[subscription] = paddle.subscriptions.list(own)
key = subscription.id
items = [SubscriptionUpdateItem("pri_teammonthly", 5)]
mode = SubscriptionProrationBillingMode.ProratedImmediately
preview = paddle.subscriptions.preview_update(
    key, PreviewUpdateSubscription(items=items, proration_billing_mode=mode)
)
assert preview.update_summary
assert preview.update_summary.result.action == "charge"
change = UpdateSubscription(items=items, proration_billing_mode=mode)
assert paddle.subscriptions.update(key, change).items[0].quantity == 5
assert paddle.subscriptions.get(key).management_urls
now = SubscriptionEffectiveFrom.Immediately
assert paddle.subscriptions.pause(key, PauseSubscription(now)).status == "paused"
assert paddle.subscriptions.resume(key, ResumeSubscription(now)).status == "active"
ended = paddle.subscriptions.cancel(key, CancelSubscription(now))
assert ended.status == "canceled"
with refused("subscription_is_canceled_action_invalid"):
    paddle.subscriptions.cancel(key, CancelSubscription(now))
session = CreateCustomerPortalSession([key])
assert paddle.customer_portal_sessions.create(customer.id, session).urls.general.overview

assert {str(event.event_type) for event in paddle.events.list()} >= {"subscription.canceled"}
assert None not in events
assert {"transaction.completed", "transaction.payment_failed", "subscription.resumed"} <= {
    str(event.event_type) for event in events
}
with refused("not_found"):
    paddle.discounts.list()
with refused("forbidden"):
    Client("pdl_other", options=options).prices.get(PRICE)
