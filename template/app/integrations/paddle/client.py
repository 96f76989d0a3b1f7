"""A client of Paddle's API: https://developer.paddle.com/api-reference/overview.

Responses are `{"data": …, "meta": …}`, errors `{"error": {"type", "code", "detail"}, …}`. A list
has `meta.pagination` with `has_more`; the next page comes after the id of the last item (`after`,
at most 200 a page). Requests are limited to 240 a minute per address; a 429 has a `Retry-After`.

Calls are safe to retry: an unpaid checkout has no effect, Paddle rejects a second customer with the
same address, and changes state the result. Those that move money are not retried automatically.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import httpx2
import structlog
from pydantic import BaseModel, ValidationError

from app.core.http import HttpClient, Timeouts
from app.integrations.paddle.entities import (
    ChangePreview,
    Customer,
    Invoice,
    Portal,
    Price,
    Subscription,
    Transaction,
)
from app.integrations.paddle.errors import (
    ChangeRejected,
    PaddleDisabled,
    PaddleRejected,
    PaymentDeclined,
)
from app.integrations.paddle.settings import PaddleSettings

MAX_PER_PAGE = 200
PAGE_DEADLINE_SECONDS = 150
"""Long enough for the `Retry-After` of a 429, since no user waits for a page."""
CHARGE_DEADLINE_SECONDS = 30
"""A change that is paid at once takes longer than others."""
_ALREADY_CANCELED = {"subscription_is_canceled_action_invalid", "subscription_update_when_canceled"}
_IMMUTABLE = {"transaction_immutable", "transaction_immutable_while_processing_payment"}
_CUSTOMER_ID = re.compile(r"ctm_[A-Za-z0-9]{1,60}")

log = structlog.get_logger()
ModelT = TypeVar("ModelT", bound=BaseModel)


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


class PaddleClient(HttpClient):
    """Calls Paddle; without an API key, every call raises `PaddleDisabled`."""

    def __init__(
        self, settings: PaddleSettings, *, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        """Take the address and the key from the settings."""
        key = settings.paddle_api_key
        self._is_enabled = key is not None
        super().__init__(
            "paddle",
            base_url=settings.paddle_api_url,
            headers={
                "Authorization": f"Bearer {key.get_secret_value() if key else ''}",
                "Paddle-Version": "1",
            },
            timeouts=Timeouts(read=CHARGE_DEADLINE_SECONDS),  # the deadline ends other requests
            transport=transport,
        )

    async def create_customer(self, *, email: str, user_id: UUID) -> Customer:
        """Return a new customer that carries the user's id, or the one that has the address.

        https://developer.paddle.com/api-reference/customers/create-customer
        """
        body = {"email": email, "custom_data": {"user_id": str(user_id)}}
        response = await self._call("POST", "/customers", json=body)
        if response.status_code != HTTPStatus.CONFLICT:
            return _parse(Customer, _data(response))
        # Paddle names the customer. The list's filter would miss one in other letter case.
        named = _CUSTOMER_ID.search(_error(response, "detail"))
        if named is None:
            _data(response)
            raise PaddleRejected
        return await self.get_customer(named[0])

    async def get_customer(self, customer_id: str) -> Customer:
        """Return a customer."""
        return _parse(Customer, _data(await self._call("GET", f"/customers/{customer_id}")))

    async def change_email(self, customer_id: str, email: str) -> Customer | None:
        """Change a customer's address; `None` if another customer has it.

        https://developer.paddle.com/api-reference/customers/update-customer
        """
        response = await self._call("PATCH", f"/customers/{customer_id}", json={"email": email})
        if response.status_code == HTTPStatus.CONFLICT:
            return None
        return _parse(Customer, _data(response))

    async def create_transaction(
        self, customer_id: str, items: Sequence[PricedItem]
    ) -> Transaction:
        """Return a transaction, with the link to its checkout.

        https://developer.paddle.com/api-reference/transactions/create-transaction
        """
        body = _order(customer_id, items) | {"collection_mode": "automatic"}
        return _parse(Transaction, _data(await self._call("POST", "/transactions", json=body)))

    async def find_transaction(self, transaction_id: str) -> Transaction | None:
        """Return a transaction, if it exists."""
        response = await self._call("GET", f"/transactions/{transaction_id}")
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return _parse(Transaction, _data(response))

    async def change_transaction(
        self, transaction_id: str, customer_id: str, items: Sequence[PricedItem]
    ) -> Transaction | None:
        """Change an unpaid transaction; `None` if it is being paid.

        https://developer.paddle.com/api-reference/transactions/update-transaction
        """
        body = _order(customer_id, items)
        response = await self._call("PATCH", f"/transactions/{transaction_id}", json=body)
        if response.is_client_error and _error(response, "code") in _IMMUTABLE:
            return None
        return _parse(Transaction, _data(response))

    async def list_transactions(self, subscription_id: str) -> list[Transaction]:
        """Return the transactions of a subscription, the newest 200."""
        params: dict[str, str | int] = {
            "subscription_id": subscription_id,
            "per_page": MAX_PER_PAGE,
        }
        found = _data(await self._call("GET", "/transactions", params=params))
        return [_parse(Transaction, one) for one in found]

    async def refund(self, transaction_id: str) -> None:
        """Refund all of a transaction, unless a refund was requested before.

        https://developer.paddle.com/api-reference/adjustments/create-adjustment
        """
        params = {"transaction_id": transaction_id, "action": "refund"}
        if _data(await self._call("GET", "/adjustments", params=params)):
            return
        body = {
            "action": "refund",
            "type": "full",
            "reason": "duplicate subscription",
            "transaction_id": transaction_id,
        }
        # Not retried here: a job that runs again asks first.
        _data(await self._call("POST", "/adjustments", retry=False, json=body))

    async def open_portal(self, customer_id: str, subscription_ids: Sequence[str]) -> Portal:
        """Return links to the customer's pages at Paddle; they log in, so never store them.

        https://developer.paddle.com/api-reference/customer-portals/create-customer-portal-session
        """
        path = f"/customers/{customer_id}/portal-sessions"
        body = {"subscription_ids": list(subscription_ids)} if subscription_ids else {}
        return _parse(Portal, _data(await self._call("POST", path, json=body)))

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
        return _parse(Subscription, _changed(await self._charge("PATCH", path, change)))

    async def preview_change(
        self, subscription_id: str, change: Mapping[str, object]
    ) -> ChangePreview:
        """Return the payments that a change would cause, without making it.

        https://developer.paddle.com/api-reference/subscriptions/preview-subscription-update
        """
        path = f"/subscriptions/{subscription_id}/preview"
        return _parse(ChangePreview, _changed(await self._charge("PATCH", path, change)))

    async def act(self, subscription_id: str, action: str, **options: str | None) -> Subscription:
        """Cancel, pause or resume a subscription.

        https://developer.paddle.com/api-reference/subscriptions/pause-subscription
        """
        path = f"/subscriptions/{subscription_id}/{action}"
        return _parse(Subscription, _changed(await self._charge("POST", path, options)))

    async def find_invoice(self, transaction_id: str) -> str | None:
        """Return the address of an invoice, valid for an hour; `None` if it has none yet.

        https://developer.paddle.com/api-reference/transactions/get-invoice-pdf
        """
        response = await self._call("GET", f"/transactions/{transaction_id}/invoice")
        return None if response.is_client_error else _parse(Invoice, _data(response)).url

    async def list_prices(self, price_ids: Sequence[str]) -> list[Price]:
        """Return prices, the active ones of those that exist.

        https://developer.paddle.com/api-reference/prices/list-prices
        """
        params: dict[str, str | int] = {"id": ",".join(price_ids), "per_page": MAX_PER_PAGE}
        found = _data(await self._call("GET", "/prices", params=params))
        return [_parse(Price, one) for one in found]

    async def get_subscription(self, subscription_id: str) -> Subscription:
        """Return a subscription."""
        response = await self._call("GET", f"/subscriptions/{subscription_id}")
        return _parse(Subscription, _data(response))

    async def list_subscriptions(self, customer_id: str) -> list[Subscription]:
        """Return the subscriptions of a customer, the newest 200."""
        params: dict[str, str | int] = {"customer_id": customer_id, "per_page": MAX_PER_PAGE}
        found = _data(await self._call("GET", "/subscriptions", params=params))
        return [_parse(Subscription, one) for one in found]

    async def cancel_subscription(self, subscription_id: str) -> None:
        """Cancel a subscription immediately, unless it has ended.

        https://developer.paddle.com/api-reference/subscriptions/cancel-subscription
        """
        body = {"effective_from": "immediately"}
        path = f"/subscriptions/{subscription_id}/cancel"
        response = await self._call("POST", path, json=body)
        if not (response.is_client_error and _error(response, "code") in _ALREADY_CANCELED):
            _data(response)

    async def list_page(self, kind: str, *, after: str | None) -> EntityPage:
        """Return a page of `customers`, `subscriptions` or `transactions`, the oldest first.

        https://developer.paddle.com/api-reference/about/pagination
        """
        params: dict[str, str | int] = {"per_page": MAX_PER_PAGE, "order_by": "id[ASC]"}
        if after is not None:
            params["after"] = after
        if kind == "customers":  # by default, the list has the active ones only
            params["status"] = "active,archived"
        response = await self._call(
            "GET", f"/{kind}", params=params, deadline=PAGE_DEADLINE_SECONDS
        )
        data = _data(response)
        has_more = response.json()["meta"]["pagination"]["has_more"]
        return EntityPage(data, str(data[-1]["id"]) if data and has_more else None)

    async def _charge(self, method: str, path: str, body: Mapping[str, object]) -> httpx2.Response:
        """Send a request that may wait for a payment; it is not retried here."""
        return await self._call(
            method, path, retry=False, deadline=CHARGE_DEADLINE_SECONDS, json=dict(body)
        )

    async def _call(
        self,
        method: str,
        path: str,
        *,
        retry: bool = True,
        **options: Any,  # noqa: ANN401 - those of `request`
    ) -> httpx2.Response:
        if not self._is_enabled:
            raise PaddleDisabled
        return await self.request(method, path, retry=retry, **options)


def _changed(response: httpx2.Response) -> Any:  # noqa: ANN401 - an entity
    """Return the data of a response to a change.

    Raises:
        ChangeRejected: The subscription is in a state in which Paddle does not change it.
        PaymentDeclined: The payment was declined.
    """
    code = _error(response, "code") if response.is_client_error else ""
    if code == "subscription_payment_declined":
        raise PaymentDeclined
    if code.startswith("subscription_"):
        log.warning("paddle_change_rejected", code=code)
        raise ChangeRejected
    return _data(response)


def _order(customer_id: str, items: Sequence[PricedItem]) -> dict[str, Any]:
    return {"customer_id": customer_id, "items": [item._asdict() for item in items]}


def _parse(model: type[ModelT], data: object) -> ModelT:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = [problem["loc"] for problem in error.errors()]
        log.error("paddle_response_invalid", model=model.__name__, fields=fields)  # noqa: TRY400 - it holds their values
        raise PaddleRejected from None


def _data(response: httpx2.Response) -> Any:  # noqa: ANN401 - an entity, or a list of them
    """Return the data of a response.

    Raises:
        PaddleRejected: The response is an error, which is logged, or is invalid.
    """
    body = _json(response)
    if response.is_success and "data" in body:
        return body["data"]
    log.error("paddle_rejected", status=response.status_code, code=_error(response, "code"))
    raise PaddleRejected


def _error(response: httpx2.Response, part: str) -> str:
    error = _json(response).get("error")
    return str(error.get(part)) if isinstance(error, dict) else "unreadable"


def _json(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
