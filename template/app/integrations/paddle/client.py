"""A client of Paddle's API: https://developer.paddle.com/api-reference/overview.

A list has `meta.pagination` with `has_more`; the next page comes after the id of the last item
(`after`, at most 200 a page).

Calls are safe to retry: an unpaid checkout has no effect, Paddle rejects a second customer with the
same address, and changes state the result. Those that move money are not retried automatically.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from app.integrations.paddle.connection import (
    PaddleConnection,
    parse,
    read_change,
    read_data,
    read_error,
)
from app.integrations.paddle.entities import (
    ChangePreview,
    Customer,
    Invoice,
    Portal,
    Price,
    Subscription,
    Transaction,
)
from app.integrations.paddle.errors import PaddleRejected

MAX_PER_PAGE = 200
PAGE_DEADLINE_SECONDS = 150
"""Long enough for the `Retry-After` of a 429, since no user waits for a page."""
_ALREADY_CANCELED = {"subscription_is_canceled_action_invalid", "subscription_update_when_canceled"}
_IMMUTABLE = {"transaction_immutable", "transaction_immutable_while_processing_payment"}
_CUSTOMER_ID = re.compile(r"ctm_[A-Za-z0-9]{1,60}")


class PricedItem(NamedTuple):
    """A price that is bought, and its quantity."""

    price_id: str
    quantity: int


class EntityPage(NamedTuple):
    """A page of a list.

    Attributes:
        data: The entities as Paddle describes them.
        after: The cursor of the next page; `None` on the last one.
    """

    data: list[dict[str, Any]]
    after: str | None


class PaddleClient(PaddleConnection):
    """Calls the operations that the service uses."""

    async def create_customer(self, *, email: str, user_id: UUID) -> Customer:
        """Return a new customer that carries the user's id, or the one that has the address.

        https://developer.paddle.com/api-reference/customers/create-customer
        """
        body = {"email": email, "custom_data": {"user_id": str(user_id)}}
        response = await self.call("POST", "/customers", json=body)
        if response.status_code != HTTPStatus.CONFLICT:
            return parse(Customer, read_data(response))
        # Paddle names the customer. The list's filter would miss one in other letter case.
        named = _CUSTOMER_ID.search(read_error(response, "detail"))
        if named is None:
            read_data(response)
            raise PaddleRejected
        return await self.get_customer(named[0])

    async def get_customer(self, customer_id: str) -> Customer:
        """Return a customer."""
        return parse(Customer, read_data(await self.call("GET", f"/customers/{customer_id}")))

    async def change_email(self, customer_id: str, email: str) -> Customer | None:
        """Change a customer's address; `None` if another customer has it.

        https://developer.paddle.com/api-reference/customers/update-customer
        """
        response = await self.call("PATCH", f"/customers/{customer_id}", json={"email": email})
        if response.status_code == HTTPStatus.CONFLICT:
            return None
        return parse(Customer, read_data(response))

    async def create_transaction(
        self, customer_id: str, items: Sequence[PricedItem]
    ) -> Transaction:
        """Return a transaction, with the link to its checkout.

        https://developer.paddle.com/api-reference/transactions/create-transaction
        """
        body = _order(customer_id, items) | {"collection_mode": "automatic"}
        return parse(Transaction, read_data(await self.call("POST", "/transactions", json=body)))

    async def find_transaction(self, transaction_id: str) -> Transaction | None:
        """Return a transaction, if it exists."""
        response = await self.call("GET", f"/transactions/{transaction_id}")
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return parse(Transaction, read_data(response))

    async def change_transaction(
        self, transaction_id: str, customer_id: str, items: Sequence[PricedItem]
    ) -> Transaction | None:
        """Change an unpaid transaction; `None` if it is being paid.

        https://developer.paddle.com/api-reference/transactions/update-transaction
        """
        body = _order(customer_id, items)
        response = await self.call("PATCH", f"/transactions/{transaction_id}", json=body)
        if response.is_client_error and read_error(response, "code") in _IMMUTABLE:
            return None
        return parse(Transaction, read_data(response))

    async def list_transactions(self, subscription_id: str) -> list[Transaction]:
        """Return the transactions of a subscription, the newest 200."""
        params: dict[str, str | int] = {
            "subscription_id": subscription_id,
            "per_page": MAX_PER_PAGE,
        }
        found = read_data(await self.call("GET", "/transactions", params=params))
        return [parse(Transaction, one) for one in found]

    async def refund(self, transaction_id: str) -> None:
        """Refund all of a transaction, unless a refund was requested before.

        https://developer.paddle.com/api-reference/adjustments/create-adjustment
        """
        params = {"transaction_id": transaction_id, "action": "refund"}
        if read_data(await self.call("GET", "/adjustments", params=params)):
            return
        body = {
            "action": "refund",
            "type": "full",
            "reason": "duplicate subscription",
            "transaction_id": transaction_id,
        }
        # Not retried here: a job that runs again asks first.
        read_data(await self.call("POST", "/adjustments", retry=False, json=body))

    async def open_portal(self, customer_id: str, subscription_ids: Sequence[str]) -> Portal:
        """Return links to the customer's pages at Paddle; they log in, so never store them.

        https://developer.paddle.com/api-reference/customer-portals/create-customer-portal-session
        """
        path = f"/customers/{customer_id}/portal-sessions"
        body = {"subscription_ids": list(subscription_ids)} if subscription_ids else {}
        return parse(Portal, read_data(await self.call("POST", path, json=body)))

    async def change_subscription(
        self, subscription_id: str, change: Mapping[str, object]
    ) -> Subscription:
        """Change a subscription to a state, so that a repetition charges nothing more.

        https://developer.paddle.com/api-reference/subscriptions/update-subscription

        Raises:
            ChangeRejected: Paddle does not change it now.
            PaymentDeclined: The payment was declined, and nothing has changed.
        """
        path = f"/subscriptions/{subscription_id}"
        return parse(Subscription, read_change(await self.charge("PATCH", path, change)))

    async def preview_change(
        self, subscription_id: str, change: Mapping[str, object]
    ) -> ChangePreview:
        """Return the payments that a change would cause, without making it.

        https://developer.paddle.com/api-reference/subscriptions/preview-subscription-update
        """
        path = f"/subscriptions/{subscription_id}/preview"
        return parse(ChangePreview, read_change(await self.charge("PATCH", path, change)))

    async def act(self, subscription_id: str, action: str, **options: str | None) -> Subscription:
        """Cancel, pause or resume a subscription.

        https://developer.paddle.com/api-reference/subscriptions/pause-subscription
        """
        path = f"/subscriptions/{subscription_id}/{action}"
        return parse(Subscription, read_change(await self.charge("POST", path, options)))

    async def find_invoice(self, transaction_id: str) -> str | None:
        """Return the address of an invoice, valid for an hour; `None` if it has none yet.

        https://developer.paddle.com/api-reference/transactions/get-invoice-pdf
        """
        response = await self.call("GET", f"/transactions/{transaction_id}/invoice")
        return None if response.is_client_error else parse(Invoice, read_data(response)).url

    async def list_prices(self, price_ids: Sequence[str]) -> list[Price]:
        """Return prices, the active ones of those that exist.

        https://developer.paddle.com/api-reference/prices/list-prices
        """
        params: dict[str, str | int] = {"id": ",".join(price_ids), "per_page": MAX_PER_PAGE}
        found = read_data(await self.call("GET", "/prices", params=params))
        return [parse(Price, one) for one in found]

    async def get_subscription(self, subscription_id: str) -> Subscription:
        """Return a subscription."""
        response = await self.call("GET", f"/subscriptions/{subscription_id}")
        return parse(Subscription, read_data(response))

    async def list_subscriptions(self, customer_id: str) -> list[Subscription]:
        """Return the subscriptions of a customer, the newest 200."""
        params: dict[str, str | int] = {"customer_id": customer_id, "per_page": MAX_PER_PAGE}
        found = read_data(await self.call("GET", "/subscriptions", params=params))
        return [parse(Subscription, one) for one in found]

    async def cancel_subscription(self, subscription_id: str) -> None:
        """Cancel a subscription immediately, unless it has ended.

        https://developer.paddle.com/api-reference/subscriptions/cancel-subscription
        """
        body = {"effective_from": "immediately"}
        path = f"/subscriptions/{subscription_id}/cancel"
        response = await self.call("POST", path, json=body)
        if not (response.is_client_error and read_error(response, "code") in _ALREADY_CANCELED):
            read_data(response)

    async def list_page(self, kind: str, *, after: str | None) -> EntityPage:
        """Return a page of `customers`, `subscriptions` or `transactions`, the oldest first.

        https://developer.paddle.com/api-reference/about/pagination
        """
        params: dict[str, str | int] = {"per_page": MAX_PER_PAGE, "order_by": "id[ASC]"}
        if after is not None:
            params["after"] = after
        if kind == "customers":  # by default, the list has the active ones only
            params["status"] = "active,archived"
        response = await self.call("GET", f"/{kind}", params=params, deadline=PAGE_DEADLINE_SECONDS)
        data = read_data(response)
        has_more = response.json()["meta"]["pagination"]["has_more"]
        return EntityPage(data, str(data[-1]["id"]) if data and has_more else None)


def _order(customer_id: str, items: Sequence[PricedItem]) -> dict[str, Any]:
    return {"customer_id": customer_id, "items": [item._asdict() for item in items]}
