"""Paddle's API: https://developer.paddle.com/api-reference/overview.

Answers are `{"data": …, "meta": …}`, errors `{"error": {"type", "code", "detail"}, …}`. A list has
`meta.pagination` with `has_more`; the id of the last item leads on (`after`, at most 200 a page).
Requests are limited to 240 a minute for each address; a 429 says in `Retry-After` how long to wait.

Every call here may be repeated: a second checkout that nobody pays is nothing, a second customer
of one address is refused by Paddle, and what is cancelled stays cancelled.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple, Self, TypeVar, cast
from uuid import UUID

import httpx2
import structlog
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from app.core.http import HttpClient
from app.integrations.paddle.entities import Customer, Portal, Transaction
from app.integrations.paddle.errors import PaddleDisabled, PaddleRejected
from app.integrations.paddle.settings import PaddleSettings

MAX_PER_PAGE = 200
SECONDS_FOR_A_PAGE = 150
"""Long enough to wait as a 429 asks for, which nobody does while a user waits."""
_GONE = {"subscription_is_canceled_action_invalid", "subscription_update_when_canceled"}

log = structlog.get_logger()
EntityT = TypeVar("EntityT", bound=BaseModel)


class EntityPage(NamedTuple):
    """A part of a list.

    Attributes:
        data: The things, as Paddle describes them.
        after: What the next page comes after; `None` at the end.
    """

    data: list[dict[str, Any]]
    after: str | None


class PaddleClient:
    """Asks Paddle."""

    def __init__(
        self, settings: PaddleSettings, *, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        """Take the address and the key from the settings; without a key, every call is refused."""
        key = settings.paddle_api_key
        self._is_on = key is not None
        self.http = HttpClient(
            "paddle",
            base_url=settings.paddle_api_url,
            headers={
                "Authorization": f"Bearer {key.get_secret_value() if key else ''}",
                "Paddle-Version": "1",
            },
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self.http.__aenter__()
        return self

    async def __aexit__(self, *problem: object) -> None:
        """Close them."""
        await self.http.__aexit__(*problem)

    async def create_customer(self, *, email: str, user_id: UUID) -> Customer | None:
        """Return a new customer, named as the user's; `None` if the address has one already.

        https://developer.paddle.com/api-reference/customers/create-customer
        """
        body = {"email": email, "custom_data": {"user_id": str(user_id)}}
        response = await self._ask("POST", "/customers", json=body)
        if response.status_code == HTTPStatus.CONFLICT:
            return None
        return _read(Customer, _data(response))

    async def find_customer(self, email: str) -> Customer | None:
        """Return the customer of an address, archived or not.

        https://developer.paddle.com/api-reference/customers/list-customers
        """
        wanted = {"email": email, "status": "active,archived"}
        found = _data(await self._ask("GET", "/customers", params=wanted))
        return _read(Customer, found[0]) if found else None

    async def create_transaction(self, *, customer_id: str, price_id: str) -> Transaction:
        """Return a transaction for one of a price, which waits to be paid at its checkout.

        https://developer.paddle.com/api-reference/transactions/create-transaction
        """
        body = {
            "customer_id": customer_id,
            "items": [{"price_id": price_id, "quantity": 1}],
            "collection_mode": "automatic",
        }
        return _read(Transaction, _data(await self._ask("POST", "/transactions", json=body)))

    async def open_portal(self, customer_id: str) -> str:
        """Return the address of the customer's pages at Paddle; it signs them in, so never keep it.

        https://developer.paddle.com/api-reference/customer-portals/create-customer-portal-session
        """
        path = f"/customers/{customer_id}/portal-sessions"
        return _read(Portal, _data(await self._ask("POST", path, json={}))).urls.general.overview

    async def cancel_subscription(self, subscription_id: str) -> None:
        """End a subscription now, if it has not ended.

        https://developer.paddle.com/api-reference/subscriptions/cancel-subscription
        """
        body = {"effective_from": "immediately"}
        path = f"/subscriptions/{subscription_id}/cancel"
        response = await self._ask("POST", path, json=body)
        if response.is_client_error and _code_of(response) in _GONE:
            return
        _data(response)

    async def list_page(self, kind: str, *, after: str | None) -> EntityPage:
        """Return a page of `customers`, `subscriptions` or `transactions`, the oldest first.

        https://developer.paddle.com/api-reference/about/pagination
        """
        params: dict[str, str | int] = {"per_page": MAX_PER_PAGE, "order_by": "id[ASC]"}
        if after is not None:
            params["after"] = after
        if kind == "customers":  # of these, only the active ones come unasked
            params["status"] = "active,archived"
        response = await self._ask("GET", f"/{kind}", params=params, deadline=SECONDS_FOR_A_PAGE)
        data = _data(response)
        has_more = response.json()["meta"]["pagination"]["has_more"]
        return EntityPage(data, str(data[-1]["id"]) if data and has_more else None)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        params: Mapping[str, str | int] | None = None,
        deadline: float | None = None,
    ) -> httpx2.Response:
        if not self._is_on:
            raise PaddleDisabled
        return await self.http.request(
            method, path, json=json, params=params or {}, deadline=deadline, retry=True
        )


def _read(kind: type[EntityT], data: object) -> EntityT:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        places = [problem["loc"] for problem in error.errors()]
        log.error("paddle_response_invalid", kind=kind.__name__, places=places)  # noqa: TRY400 - it holds their values
        raise PaddleRejected from None


def _data(response: httpx2.Response) -> Any:  # noqa: ANN401 - a thing, or a list of them
    """Return what Paddle answers.

    Raises:
        PaddleRejected: It is an error, which is in the log, or nothing that Paddle would answer.
    """
    answer = _json(response)
    if response.is_success and "data" in answer:
        return answer["data"]
    log.error("paddle_rejected", status=response.status_code, code=_code_of(response))
    raise PaddleRejected


def _code_of(response: httpx2.Response) -> str:
    error = _json(response).get("error")
    return str(error.get("code")) if isinstance(error, dict) else "unreadable"


def _json(response: httpx2.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


_clients: list[PaddleClient] = []


@contextmanager
def serve_client(client: PaddleClient) -> Iterator[None]:
    """Let jobs use the client inside the block."""
    _clients.append(client)
    try:
        yield
    finally:
        _clients.remove(client)


def current_client() -> PaddleClient:
    """Return the client of the module that is open."""
    return _clients[-1]


async def get_paddle(request: Request) -> PaddleClient:
    """Return the client of this service."""
    return cast("PaddleClient", request.app.state.paddle)


Paddle = Annotated[PaddleClient, Depends(get_paddle)]
