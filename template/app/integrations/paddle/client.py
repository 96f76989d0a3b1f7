"""A client of Paddle's API: https://developer.paddle.com/api-reference/overview.

Responses are `{"data": …, "meta": …}`, errors `{"error": {"type", "code", "detail"}, …}`. A list
has `meta.pagination` with `has_more`; the next page comes after the id of the last item (`after`,
at most 200 a page). Requests are limited to 240 a minute per address; a 429 has a `Retry-After`.

Every call is safe to retry: an unpaid checkout has no effect, Paddle rejects a second customer with
the same address, and a cancelled subscription stays cancelled.
"""

from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import httpx2
import structlog
from pydantic import BaseModel, ValidationError

from app.core.http import HttpClient
from app.integrations.paddle.entities import Customer, Portal, Transaction
from app.integrations.paddle.errors import PaddleDisabled, PaddleRejected
from app.integrations.paddle.settings import PaddleSettings

MAX_PER_PAGE = 200
PAGE_DEADLINE_SECONDS = 150
"""Long enough for the `Retry-After` of a 429, since no user waits for a page."""
_ALREADY_CANCELED = {"subscription_is_canceled_action_invalid", "subscription_update_when_canceled"}

log = structlog.get_logger()
ModelT = TypeVar("ModelT", bound=BaseModel)


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
            transport=transport,
        )

    async def create_customer(self, *, email: str, user_id: UUID) -> Customer | None:
        """Return a new customer that carries the user's id; `None` if the address has one already.

        https://developer.paddle.com/api-reference/customers/create-customer
        """
        body = {"email": email, "custom_data": {"user_id": str(user_id)}}
        response = await self._call("POST", "/customers", json=body)
        if response.status_code == HTTPStatus.CONFLICT:
            return None
        return _parse(Customer, _data(response))

    async def find_customer(self, email: str) -> Customer | None:
        """Return the customer of an address, archived or not.

        https://developer.paddle.com/api-reference/customers/list-customers
        """
        params = {"email": email, "status": "active,archived"}
        found = _data(await self._call("GET", "/customers", params=params))
        return _parse(Customer, found[0]) if found else None

    async def create_transaction(self, *, customer_id: str, price_id: str) -> Transaction:
        """Return a transaction for one unit of a price, with the link to its checkout.

        https://developer.paddle.com/api-reference/transactions/create-transaction
        """
        body = {
            "customer_id": customer_id,
            "items": [{"price_id": price_id, "quantity": 1}],
            "collection_mode": "automatic",
        }
        return _parse(Transaction, _data(await self._call("POST", "/transactions", json=body)))

    async def open_portal(self, customer_id: str) -> str:
        """Return a link to the customer's pages at Paddle; it logs them in, so never store it.

        https://developer.paddle.com/api-reference/customer-portals/create-customer-portal-session
        """
        path = f"/customers/{customer_id}/portal-sessions"
        return _parse(Portal, _data(await self._call("POST", path, json={}))).urls.general.overview

    async def cancel_subscription(self, subscription_id: str) -> None:
        """Cancel a subscription immediately, unless it has ended.

        https://developer.paddle.com/api-reference/subscriptions/cancel-subscription
        """
        body = {"effective_from": "immediately"}
        path = f"/subscriptions/{subscription_id}/cancel"
        response = await self._call("POST", path, json=body)
        if not (response.is_client_error and _error_code(response) in _ALREADY_CANCELED):
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

    async def _call(self, method: str, path: str, **options: Any) -> httpx2.Response:  # noqa: ANN401 - those of `request`
        if not self._is_enabled:
            raise PaddleDisabled
        return await self.request(method, path, retry=True, **options)


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
    log.error("paddle_rejected", status=response.status_code, code=_error_code(response))
    raise PaddleRejected


def _error_code(response: httpx2.Response) -> str:
    error = _json(response).get("error")
    return str(error.get("code")) if isinstance(error, dict) else "unreadable"


def _json(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
