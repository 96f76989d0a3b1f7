"""The connection to Paddle's API: its envelope, its errors, and requests that move money.

Responses are `{"data": …, "meta": …}`, errors `{"error": {"type", "code", "detail"}, …}`. Requests
are limited to 240 a minute per address; a 429 has a `Retry-After`.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import httpx2
import structlog
from pydantic import BaseModel, ValidationError

from app.core.http import HttpClient, Timeouts
from app.integrations.paddle.errors import (
    ChangeRejected,
    PaddleDisabled,
    PaddleRejected,
    PaymentDeclined,
)
from app.integrations.paddle.settings import PaddleSettings

CHARGE_DEADLINE_SECONDS = 30
"""A change that is paid at once takes longer than others."""

log = structlog.get_logger()
ModelT = TypeVar("ModelT", bound=BaseModel)


class PaddleConnection(HttpClient):
    """Sends requests to Paddle; without an API key, every one raises `PaddleDisabled`."""

    def __init__(
        self, settings: PaddleSettings, *, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        """Take the address and the key from the settings."""
        key = settings.paddle_api_key
        self._is_enabled = key is not None
        super().__init__(
            "paddle",
            base_url=settings.paddle_api_url,
            max_calls=settings.paddle_max_calls,
            headers={
                "Authorization": f"Bearer {key.get_secret_value() if key else ''}",
                "Paddle-Version": "1",
            },
            timeouts=Timeouts(read=CHARGE_DEADLINE_SECONDS),  # the deadline ends other requests
            transport=transport,
        )

    async def charge(self, method: str, path: str, body: Mapping[str, object]) -> httpx2.Response:
        """Send a request that may wait for a payment; it is not retried here."""
        return await self.call(
            method, path, retry=False, deadline=CHARGE_DEADLINE_SECONDS, json=dict(body)
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        retry: bool = True,
        **options: Any,  # noqa: ANN401 - those of `request`
    ) -> httpx2.Response:
        """Send a request, retried unless it moves money."""
        if not self._is_enabled:
            raise PaddleDisabled
        return await self.request(method, path, retry=retry, **options)


def read_change(response: httpx2.Response) -> Any:  # noqa: ANN401 - an entity
    """Return the data of a response to a change.

    Raises:
        ChangeRejected: The subscription is in a state in which Paddle does not change it.
        PaymentDeclined: The payment was declined.
    """
    code = read_error(response, "code") if response.is_client_error else ""
    if code == "subscription_payment_declined":
        raise PaymentDeclined
    if code.startswith("subscription_"):
        log.warning("paddle_change_rejected", code=code)
        raise ChangeRejected
    return read_data(response)


def parse(model: type[ModelT], data: object) -> ModelT:
    """Return an entity.

    Raises:
        PaddleRejected: It is not as documented; the log names the fields.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = [problem["loc"] for problem in error.errors()]
        log.error("paddle_response_invalid", model=model.__name__, fields=fields)  # noqa: TRY400 - it holds their values
        raise PaddleRejected from None


def read_data(response: httpx2.Response) -> Any:  # noqa: ANN401 - an entity, or a list of them
    """Return the data of a response.

    Raises:
        PaddleRejected: The response is an error, which is logged, or is invalid.
    """
    body = _json(response)
    if response.is_success and "data" in body:
        return body["data"]
    log.error("paddle_rejected", status=response.status_code, code=read_error(response, "code"))
    raise PaddleRejected


def read_error(response: httpx2.Response, part: str) -> str:
    """Return a part of an error: `code` or `detail`."""
    error = _json(response).get("error")
    return str(error.get(part)) if isinstance(error, dict) else "unreadable"


def _json(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
