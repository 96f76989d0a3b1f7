"""A fake of Paddle for development and tests: its API, a checkout, a portal and webhooks.

It implements the part of the API that the service uses and validates requests as Paddle does. The
webhooks of a purchase arrive out of order, and one of them twice: Paddle guarantees no order.
https://developer.paddle.com/api-reference/overview
"""

import operator
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
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
from devtools.fakes.paddle_catalogue import (
    Entity,
    details_of,
    find_prices,
    price_of,
    product_of,
    totals_of,
)
from devtools.fakes.paddle_pages import PaddlePages
from devtools.fakes.paddle_subscriptions import next_transaction_of
from devtools.fakes.running import SERVICE_ROOT, run_fake

__all__ = ["FakePaddle", "create_app", "provide_fake_paddle", "sign"]

STATE_FILE = SERVICE_ROOT / ".data" / "fake-paddle.json"
PLANS = "pro=pri_promonthly,pri_proyearly;team=pri_teammonthly"
REQUESTS_A_MINUTE = 240
ALL_METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]
_COMMON = {"after", "per_page", "order_by", "include"}
_COMPARISON = re.compile(r"(created_at|updated_at|billed_at)\[(LT|LTE|GT|GTE)\]")
_OPERATORS = {"LT": operator.lt, "LTE": operator.le, "GT": operator.gt, "GTE": operator.ge}
_FILTERS = {
    "adjustments": {"id", "action", "customer_id", "subscription_id", "transaction_id", "status"},
    "customers": {"id", "email", "search", "status"},
    "events": {"event_type"},
    "prices": {"id", "product_id", "status", "type"},
    "products": {"id", "status", "type"},
    "subscriptions": {"id", "customer_id", "price_id", "status"},
    "transactions": {"id", "customer_id", "invoice_number", "status", "subscription_id"},
}


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


class FakePaddle(PaddlePages):
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
        self._api_key, self._prices = api_key, set(prices)
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
                *(Route(f"/{kind}", self._api(self._list)) for kind in _FILTERS),
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

    async def _show(self, request: Request) -> Response:
        kind = request.url.path.strip("/").partition("/")[0]
        return write_response(self._with_included(request, kind, self._find(request, kind)))

    async def _show_price(self, request: Request) -> Response:
        price = self._find_price(request.path_params["id"])
        return write_response(self._with_included(request, "prices", price))

    async def _show_product(self, request: Request) -> Response:
        product_id = request.path_params["id"]
        self._find_price(product_id.replace("pro_", "pri_"))
        product = product_of(product_id)
        return write_response(self._with_included(request, "products", product))

    def _with_included(self, request: Request, kind: str, thing: Entity) -> Entity:
        """Return an entity with those that a request wants to have included."""
        wanted = [name for name in request.query_params.get("include", "").split(",") if name]
        included: Entity = {}
        for name in wanted:
            match kind, name:
                case "prices", "product":
                    included[name] = product_of(thing["product_id"])
                case "products", "prices":
                    prices = map(price_of, sorted(self._prices))
                    included[name] = [one for one in prices if one["product_id"] == thing["id"]]
                case "transactions", "customer":
                    included[name] = self.things.get(thing["customer_id"])
                case "transactions", "adjustments":
                    all_of_them = self._all("adjustments")
                    own = [one for one in all_of_them if one["transaction_id"] == thing["id"]]
                    included[name] = own
                case "subscriptions", "recurring_transaction_details":
                    included[name] = details_of(thing["items"])
                case "subscriptions", "next_transaction":
                    included[name] = next_transaction_of(thing)
                case _:
                    detail = f"this fake does not support include={name} for {kind}"
                    raise ApiError(400, "bad_request", detail)
        return thing | included

    def _find_price(self, price_id: str) -> Entity:
        if not price_id.startswith("pri_"):
            raise ApiError(404, "not_found", f"Entity {price_id} not found")
        return price_of(price_id)

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        kind = request.url.path.strip("/")
        compared = {name for name in query if _COMPARISON.fullmatch(name)}
        if unknown := query.keys() - _COMMON - _FILTERS[kind] - compared:
            detail = f"this fake does not support the filters {', '.join(sorted(unknown))}"
            raise ApiError(400, "bad_request", detail)
        found = self._list_all(kind, query.get("id", ""))
        wanted = {name: query[name] for name in query.keys() & (_FILTERS[kind] | compared)}
        if kind == "customers":
            wanted.setdefault("status", "active")
        found = [one for one in found if all(_has(one, *item) for item in wanted.items())]
        key = "event_id" if kind == "events" else "id"
        found.sort(key=lambda thing: thing[key], reverse=query.get("order_by") != f"{key}[ASC]")
        if kind == "events":
            found.sort(key=lambda thing: thing[key])  # the oldest first, by default too
        ids = [thing[key] for thing in found]
        start = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
        per_page = min(int(query.get("per_page", "50")), 200)
        page = found[start : start + per_page]
        pagination = {
            "per_page": per_page,
            "next": str(request.url.include_query_params(after=page[-1][key] if page else "")),
            "has_more": start + per_page < len(found),
            "estimated_total": len(found),
        }
        page = [self._with_included(request, kind, one) for one in page]
        return write_response(page, pagination=pagination)

    def _list_all(self, kind: str, ids: str) -> list[Entity]:
        if kind == "events":
            return list(self.events)
        if kind not in {"prices", "products"}:
            return self._all(kind)
        named = {key for key in ids.split(",") if key.startswith("pri_")}
        prices = [price_of(key) for key in sorted(named or self._prices)]
        products = {price["product_id"]: product_of(price["product_id"]) for price in prices}
        return prices if kind == "prices" else list(products.values())

    async def _refuse(self, request: Request) -> Response:
        detail = f"this fake does not support {request.method} {request.url.path}"
        raise ApiError(404, "not_found", detail)

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
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key != self._api_key:
            raise ApiError(403, "forbidden", "the API key is missing or not valid")


Endpoint = Callable[[Request], Awaitable[Response]]


def _has(thing: Entity, name: str, wanted: str) -> bool:
    """Return whether an entity passes a filter, which lists values."""
    if comparison := _COMPARISON.fullmatch(name):
        known = thing.get(comparison[1])
        moments = [datetime.fromisoformat(moment) for moment in (known, wanted) if moment]
        return len(moments) > 1 and _OPERATORS[comparison[2]](*moments)
    if name == "search":
        return wanted.lower() in f"{thing['id']} {thing['name']} {thing['email']}".lower()
    if name == "price_id":
        return any(item["price"]["id"] in wanted.split(",") for item in thing["items"])
    if name == "email":
        return str(thing[name]).lower() in wanted.lower().split(",")
    return str(thing.get(name)) in wanted.split(",")


def _refund_of(amount: int) -> Entity:
    totals: Entity = {name: totals_of(amount)[name] for name in ("subtotal", "tax", "total")}
    none: Entity = {"fee": "0", "retained_fee": "0", "earnings": "0"}
    return totals | none | {"currency_code": "USD"}
