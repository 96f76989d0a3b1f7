"""Reading a fake Paddle: one entity with those that it includes, and pages of filtered lists."""

import operator
import re
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from devtools.fakes.paddle_account import ApiError, PaddleAccount, write_response
from devtools.fakes.paddle_catalogue import Entity, details_of, price_of, product_of
from devtools.fakes.paddle_subscriptions import next_transaction_of

_COMMON = {"after", "per_page", "order_by", "include"}
_COMPARISON = re.compile(r"(created_at|updated_at|billed_at)\[(LT|LTE|GT|GTE)\]")
_OPERATORS = {"LT": operator.lt, "LTE": operator.le, "GT": operator.gt, "GTE": operator.ge}
FILTERS = {
    "adjustments": {"id", "action", "customer_id", "subscription_id", "transaction_id", "status"},
    "customers": {"id", "email", "search", "status"},
    "events": {"event_type"},
    "prices": {"id", "product_id", "status", "type"},
    "products": {"id", "status", "type"},
    "subscriptions": {"id", "customer_id", "price_id", "status"},
    "transactions": {"id", "customer_id", "invoice_number", "status", "subscription_id"},
}


class PaddleReads(PaddleAccount):
    """An account whose entities can be read and listed.

    Attributes:
        prices: The ids of the prices that are listed.
    """

    prices: set[str]

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
                    prices = map(price_of, sorted(self.prices))
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
        if unknown := query.keys() - _COMMON - FILTERS[kind] - compared:
            detail = f"this fake does not support the filters {', '.join(sorted(unknown))}"
            raise ApiError(400, "bad_request", detail)
        found = self._list_all(kind, query.get("id", ""))
        wanted = {name: query[name] for name in query.keys() & (FILTERS[kind] | compared)}
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
        prices = [price_of(key) for key in sorted(named or self.prices)]
        products = {price["product_id"]: product_of(price["product_id"]) for price in prices}
        return prices if kind == "prices" else list(products.values())


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
