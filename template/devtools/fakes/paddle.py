"""A fake of Paddle for development and tests: its API, a checkout, a portal and webhooks.

It implements the part of the API that the service uses and validates requests as Paddle does. The
webhooks of a purchase arrive out of order, and one of them twice: Paddle guarantees no order.
https://developer.paddle.com/api-reference/overview
"""

import os
import time
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path

import httpx2
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from uuid_utils import uuid7

from app.settings import ServiceSettings
from devtools.fakes.paddle_account import (
    PREFIXES,
    ApiError,
    new_id,
    now_text,
    price_of,
    priced,
    read_body,
    read_items,
    sign,
    write_error,
    write_response,
)
from devtools.fakes.paddle_subscriptions import PaddleSubscriptions
from devtools.fakes.running import SERVICE_ROOT, run_fake

__all__ = ["FakePaddle", "create_app", "provide_fake_paddle", "sign"]

STATE_FILE = SERVICE_ROOT / ".data" / "fake-paddle.json"
PLANS = "pro=pri_promonthly,pri_proyearly;team=pri_teammonthly"
REQUESTS_A_MINUTE = 240
_FILTERS = ("id", "email", "status", "customer_id", "subscription_id", "transaction_id", "action")


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
    os.environ["PADDLE_WEBHOOK_SECRET"] = "pdl_ntfset_of_the_fake"  # noqa: S105
    if settings.paddle_plans is None:
        os.environ["PADDLE_PLANS"] = PLANS
    os.environ["PADDLE_API_URL"] = run_fake(
        "Paddle", create_app="devtools.fakes.paddle:create_app", tell=tell
    )


def create_app() -> Starlette:
    """Return the app that `provide_fake_paddle` starts; its data survive restarts."""
    port = os.environ.get("PORT") or "8000"
    fake = FakePaddle(
        api_key=os.environ["PADDLE_API_KEY"],
        secret=os.environ["PADDLE_WEBHOOK_SECRET"],
        webhook_url=f"http://127.0.0.1:{port}/api/v1/paddle/webhooks",
        state_file=STATE_FILE,
    )
    return fake.app


class FakePaddle(PaddleSubscriptions):
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
    ) -> None:
        """Open an account.

        Args:
            api_key: The API key that requests must have.
            secret: The secret that signs webhooks.
            webhook_url: The address that gets them.
            state_file: The file for the data; without one they are in memory only.
            transport: The transport for webhooks, if not the network.
        """
        super().__init__(
            secret=secret, webhook_url=webhook_url, state_file=state_file, transport=transport
        )
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
                Route("/prices", self._api(self._list_prices)),
                Route("/subscriptions/{id}", self._api(self._update), methods=["PATCH"]),
                Route("/subscriptions/{id}/preview", self._api(self._preview), methods=["PATCH"]),
                Route("/subscriptions/{id}/cancel", self._api(self._cancel), methods=["POST"]),
                Route("/subscriptions/{id}/pause", self._api(self._pause), methods=["POST"]),
                Route("/subscriptions/{id}/resume", self._api(self._resume), methods=["POST"]),
                Route("/adjustments", self._api(self._create_adjustment), methods=["POST"]),
                *(Route(f"/{kind}", self._api(self._list)) for kind in PREFIXES),
                *(Route(f"/{kind}/{{id}}", self._api(self._show)) for kind in PREFIXES),
                Route("/checkout/{id}", self._page(self._show_checkout)),
                Route("/checkout/{id}", self._page(self._pay), methods=["POST"]),
                Route("/portal/{id}", self._page(self._show_portal)),
                Route("/portal/{id}", self._page(self._cancel_in_portal), methods=["POST"]),
            ]
        )

    # --- The API

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
            change["items"] = read_items(change["items"])
            change |= priced(change["items"])
        self._note("transaction.updated", self._put(transaction | change))
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
        adjustment = self._put(
            {"id": new_id("adj"), "status": "pending_approval", "currency_code": "USD"}
            | {"items": [], "totals": transaction["details"]["totals"]}
            | about
            | body
        )
        self._note("adjustment.created", adjustment)
        return write_response(adjustment, status=201)

    async def _list_prices(self, request: Request) -> Response:
        ids = [key for key in request.query_params.get("id", "").split(",") if key]
        prices = [price_of(key) for key in ids if key.startswith("pri_")]
        pagination = {"per_page": 200, "next": "", "has_more": False}
        return write_response(prices, pagination=pagination | {"estimated_total": len(prices)})

    async def _show(self, request: Request) -> Response:
        kind = request.url.path.strip("/").partition("/")[0]
        return write_response(self._find(request, kind))

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        kind = request.url.path.strip("/")
        found = self._all(kind)
        unasked = {"status": "active"} if kind == "customers" else {}
        for name in _FILTERS:
            if wanted := query.get(name, unasked.get(name)):
                found = [thing for thing in found if str(thing.get(name)) in wanted.split(",")]
        found.sort(key=lambda thing: thing["id"], reverse=query.get("order_by") != "id[ASC]")
        ids = [thing["id"] for thing in found]
        start = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
        per_page = min(int(query.get("per_page", "50")), 200)
        page = found[start : start + per_page]
        pagination = {
            "per_page": per_page,
            "next": str(request.url.include_query_params(after=page[-1]["id"] if page else "")),
            "has_more": start + per_page < len(found),
            "estimated_total": len(found),
        }
        return write_response(page, pagination=pagination)

    # --- Pages for people

    async def _show_checkout(self, request: Request) -> Response:
        transaction = self._find(request, "transactions")
        customer = self.things.get(str(transaction["customer_id"]), {})
        who = escape(str(customer.get("email", "customer@example.com")))
        prices = escape(", ".join(item["price"]["id"] for item in transaction["items"]))
        if transaction["status"] == "completed":
            return _show("Paid", f"<p>{prices} is paid. Go back to your application.</p>")
        form = f"<p>{prices} for {who}</p><form method=post><button>Pay</button></form>"
        return _show("Checkout", form)

    async def _pay(self, request: Request) -> Response:
        transaction = self._find(request, "transactions")
        if transaction["status"] != "completed":
            await self.pay(transaction["id"])
        return RedirectResponse(request.url, status_code=303)

    async def _show_portal(self, request: Request) -> Response:
        customer = self._find(request, "customers")
        rows = [
            f"<li>{escape(one['id'])}: {escape(one['status'])} "
            f'<form method=post><button name=id value="{escape(one["id"])}">Cancel</button></form>'
            for one in self._all("subscriptions")
            if one["customer_id"] == customer["id"]
        ]
        return _show("Your subscriptions", f"<ul>{''.join(rows)}</ul>")

    async def _cancel_in_portal(self, request: Request) -> Response:
        pressed = dict(
            pair.split("=", 1) for pair in (await request.body()).decode().split("&") if "=" in pair
        )
        if pressed.get("id") in self.things:
            await self.cancel(pressed["id"], immediately=True)
        return RedirectResponse(request.url, status_code=303)

    # --- Responses

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
        if request.headers.get("authorization") != f"Bearer {self._api_key}":
            raise ApiError(403, "forbidden", "the API key is missing or not valid")


Endpoint = Callable[[Request], Awaitable[Response]]


def _show(title: str, text: str) -> Response:
    return HTMLResponse(f"<!doctype html><title>{title}</title><h1>Fake Paddle: {title}</h1>{text}")
