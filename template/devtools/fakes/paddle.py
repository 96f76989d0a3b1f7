"""A fake of Paddle for development and tests: its API, a checkout, a portal and webhooks.

It implements the part of the API that the service uses and validates requests as Paddle does. The
webhooks of a purchase arrive out of order, and one of them twice: Paddle guarantees no order.
https://developer.paddle.com/api-reference/overview
"""

import os
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import httpx2
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uuid_utils import uuid7

from app.settings import ServiceSettings
from devtools.fakes.paddle_account import (
    PREFIXES,
    ApiError,
    new_id,
    now_text,
    read_body,
    read_items,
    sign,
    sold,
    write_error,
    write_response,
)
from devtools.fakes.paddle_catalogue import Entity, find_prices, totals_of
from devtools.fakes.paddle_pages import PaddlePages
from devtools.fakes.paddle_reads import FILTERS, PaddleReads
from devtools.fakes.running import SERVICE_ROOT, run_fake

__all__ = ["FakePaddle", "create_app", "provide_fake_paddle", "sign"]

STATE_FILE = SERVICE_ROOT / ".data" / "fake-paddle.json"
PLANS = "pro=pri_promonthly,pri_proyearly;team=pri_teammonthly"
REQUESTS_A_MINUTE = 240
ALL_METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]


class DevSettings(ServiceSettings):
    """The settings that are configured, read as the service reads them."""

    paddle_api_key: SecretStr | None = None
    paddle_plans: str | None = None


def provide_fake_paddle(tell: Callable[[str], None]) -> None:
    """Start a fake Paddle for the service, unless a key is configured or this is production.

    Args:
        tell: Prints a line for the developer.
    """
    settings = DevSettings()
    if settings.paddle_api_key or settings.is_production:
        return
    os.environ["PADDLE_API_KEY"] = "pdl_sdbx_apikey_of_the_fake"
    os.environ["PADDLE_WEBHOOK_SECRET"] = "pdl_ntfset_of_the_fake"  # noqa: S105 (of the fake)
    if settings.paddle_plans is None:
        os.environ["PADDLE_PLANS"] = PLANS
    os.environ["PADDLE_API_URL"] = run_fake(
        "Paddle", create_app="devtools.fakes.paddle:create_app", tell=tell, offset=1
    )


def create_app() -> Starlette:
    """Return the app that `provide_fake_paddle` starts; its data survive restarts."""
    port = os.environ.get("PORT") or "8000"
    fake = FakePaddle(
        api_key=os.environ["PADDLE_API_KEY"],
        secret=os.environ["PADDLE_WEBHOOK_SECRET"],
        webhook_url=f"http://127.0.0.1:{port}/api/v1/paddle/webhooks",
        state_file=STATE_FILE,
        prices=find_prices(os.environ.get("PADDLE_PLANS") or PLANS),
    )
    return fake.app


class FakePaddle(PaddlePages, PaddleReads):
    """An account at Paddle with its API and its pages.

    Attributes:
        app: The ASGI app.
        failures: Status codes for the responses to the next requests.
        failures_at: The number of requests, by path, that get a 500.
    """

    def __init__(
        self,
        *,
        api_key: str,
        secret: str,
        webhook_url: str,
        state_file: Path | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        prices: Iterable[str] = (),
    ) -> None:
        """Open an account.

        Args:
            api_key: The API key that requests must have.
            secret: The secret that signs webhooks.
            webhook_url: The address that gets them.
            state_file: The file for the data; without one they are in memory only.
            transport: The transport for webhooks, if not the network.
            prices: The ids of prices that are listed; others can be bought all the same.
        """
        super().__init__(
            secret=secret, webhook_url=webhook_url, state_file=state_file, transport=transport
        )
        self.prices = set(prices)
        self._api_key = api_key
        self._minute, self._requests = 0, 0
        self.failures: list[int] = []
        self.failures_at: dict[str, int] = {}
        self.app = Starlette(
            routes=[
                Route("/customers", self._api(self._create_customer), methods=["POST"]),
                Route(
                    "/customers/{id}/portal-sessions",
                    self._api(self._open_portal),
                    methods=["POST"],
                ),
                Route("/customers/{id}", self._api(self._change_customer), methods=["PATCH"]),
                Route("/transactions", self._api(self._create_transaction), methods=["POST"]),
                Route("/transactions/{id}", self._api(self._change_transaction), methods=["PATCH"]),
                Route("/transactions/{id}/invoice", self._api(self._show_invoice)),
                Route("/subscriptions/{id}", self._api(self._update), methods=["PATCH"]),
                Route("/subscriptions/{id}/preview", self._api(self._preview), methods=["PATCH"]),
                Route("/subscriptions/{id}/cancel", self._api(self._cancel), methods=["POST"]),
                Route("/subscriptions/{id}/pause", self._api(self._pause), methods=["POST"]),
                Route("/subscriptions/{id}/resume", self._api(self._resume), methods=["POST"]),
                Route("/adjustments", self._api(self._create_adjustment), methods=["POST"]),
                *(Route(f"/{kind}", self._api(self._list)) for kind in FILTERS),
                *(Route(f"/{kind}/{{id}}", self._api(self._show)) for kind in PREFIXES),
                Route("/prices/{id}", self._api(self._show_price)),
                Route("/products/{id}", self._api(self._show_product)),
                Route("/", self._page(self._show_home)),
                Route("/invoices/{number}.pdf", self._page(self._download_invoice)),
                Route("/checkout/{id}", self._page(self._show_checkout)),
                Route("/checkout/{id}", self._page(self._pay), methods=["POST"]),
                Route("/portal/{id}", self._page(self._show_portal)),
                Route("/portal/{id}", self._page(self._cancel_in_portal), methods=["POST"]),
                Route("/{path:path}", self._api(self._refuse), methods=ALL_METHODS),
            ]
        )

    async def _create_customer(self, request: Request) -> Response:
        body = await read_body(request, needed=["email"])
        self._check_email(body["email"])
        return write_response(
            self._add_customer(body["email"], body.get("custom_data")), status=201
        )

    async def _open_portal(self, request: Request) -> Response:
        customer = self._find(request, "customers")
        body = await read_body(request)
        url = f"{request.base_url}portal/{customer['id']}?token=pga_{uuid7()}"
        own = [self._named(key, "subscriptions") for key in body.get("subscription_ids", [])]
        if any(one["customer_id"] != customer["id"] for one in own):
            raise ApiError(400, "bad_request", "a subscription belongs to another customer")
        pages = [
            {"id": one["id"]}
            | {
                action: f"{url}&action={action}&subscription_id={one['id']}"
                for action in ("cancel_subscription", "update_subscription_payment_method")
            }
            for one in own
        ]
        urls = {"general": {"overview": url}, "subscriptions": pages}
        session = {"id": new_id("cpls"), "customer_id": customer["id"], "urls": urls}
        return write_response(session | {"created_at": now_text()}, status=201)

    async def _create_transaction(self, request: Request) -> Response:
        body = await read_body(request, needed=["items"])
        customer_id = body.get("customer_id")
        if customer_id is not None and customer_id not in self.things:
            raise ApiError(400, "transaction_customer_not_found", "there is no such customer")
        transaction = self._add_transaction(customer_id, read_items(body["items"]))
        page = {"url": f"{request.base_url}checkout/{transaction['id']}"}
        given = {"custom_data": body.get("custom_data"), "checkout": page}
        transaction = self._put(transaction | given)
        self._note("transaction.created", transaction)
        return write_response(transaction, status=201)

    async def _change_customer(self, request: Request) -> Response:
        customer = self._find(request, "customers")
        change = await read_body(request)
        self._check_email(change.get("email"), own=customer["id"])
        self._note("customer.updated", self._put(customer | change))
        await self.deliver()
        return write_response(self.things[customer["id"]])

    async def _change_transaction(self, request: Request) -> Response:
        transaction = self._find(request, "transactions")
        change = await read_body(request)
        if transaction["status"] not in {"draft", "ready"}:
            raise ApiError(400, "transaction_immutable", "Cannot update immutable transaction")
        if "items" in change:
            change |= sold(read_items(change["items"]))
        kind = "canceled" if change.get("status") == "canceled" else "updated"
        self._note(f"transaction.{kind}", self._put(transaction | change))
        return write_response(self.things[transaction["id"]])

    async def _show_invoice(self, request: Request) -> Response:
        transaction = self._find(request, "transactions")
        if not transaction.get("invoice_number"):
            detail = "the transaction has no invoice"
            raise ApiError(404, "transaction_invoice_not_found", detail)
        url = f"{request.base_url}invoices/{transaction['invoice_number']}.pdf?token={uuid7()}"
        return write_response({"url": url})

    async def _create_adjustment(self, request: Request) -> Response:
        body = await read_body(request, needed=["action", "reason", "transaction_id"])
        transaction = self._named(body["transaction_id"], "transactions")
        if transaction["status"] != "completed":
            detail = f"The transaction being adjusted has a non supported status. ID: {body}"
            raise ApiError(400, "adjustment_transaction_invalid_status_for_refund", detail)
        if any(one["transaction_id"] == transaction["id"] for one in self._all("adjustments")):
            raise ApiError(400, "adjustment_pending_refund_request", "there is a pending refund")
        about = {name: transaction[name] for name in ("customer_id", "subscription_id")}
        amount = int(transaction["details"]["totals"]["total"])
        amounts: Entity = {"totals": _refund_of(amount), "payout_totals": None}
        adjustment = self._put(
            {"id": new_id("adj"), "status": "pending_approval", "currency_code": "USD"}
            | {"type": "full", "tax_rates_used": [], "credit_applied_to_balance": None}
            | {"items": []}
            | amounts
            | about
            | body
        )
        self._note("adjustment.created", adjustment)
        return write_response(adjustment, status=201)

    async def _refuse(self, request: Request) -> Response:
        detail = f"this fake does not support {request.method} {request.url.path}"
        raise ApiError(404, "not_found", detail)

    def _check_email(self, email: object, *, own: str = "") -> None:
        for customer in self._all("customers"):
            if customer["email"].lower() == str(email).lower() and customer["id"] != own:
                detail = f"customer email conflicts with customer of id {customer['id']}"
                raise ApiError(409, "customer_already_exists", detail)

    def _page(self, endpoint: "Endpoint") -> "Endpoint":
        async def handle(request: Request) -> Response:
            self._load()
            try:
                return await endpoint(request)
            except ApiError as error:
                return write_error(error)
            finally:
                self._save()

        return handle

    def _api(self, endpoint: "Endpoint") -> "Endpoint":
        page = self._page(endpoint)

        async def handle(request: Request) -> Response:
            try:
                self._admit(request)
            except ApiError as error:
                return write_error(error)
            return await page(request)

        return handle

    def _admit(self, request: Request) -> None:
        minute = int(time.time() // 60)
        self._requests = self._requests + 1 if minute == self._minute else 1
        self._minute = minute
        if self.failures:
            raise ApiError(self.failures.pop(0), "made_to_fail", "a test wants it so")
        if self.failures_at.get(request.url.path, 0) > 0:
            self.failures_at[request.url.path] -= 1
            raise ApiError(500, "internal_error", "a test wants it so")
        if self._requests > REQUESTS_A_MINUTE:
            raise ApiError(429, "too_many_requests", "wait as long as Retry-After says")
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key != self._api_key:
            raise ApiError(403, "forbidden", "the API key is missing or not valid")


Endpoint = Callable[[Request], Awaitable[Response]]


def _refund_of(amount: int) -> Entity:
    totals: Entity = {name: totals_of(amount)[name] for name in ("subtotal", "tax", "total")}
    none: Entity = {"fee": "0", "retained_fee": "0", "earnings": "0"}
    return totals | none | {"currency_code": "USD"}
