"""The products and prices of a fake Paddle, and the amounts of what is sold."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

CENTS = 1900
CREATED_AT = "2026-01-01T00:00:00Z"

Entity = dict[str, Any]


def find_prices(plans: str) -> list[str]:
    """Return the ids of the prices in `PADDLE_PLANS`."""
    return sorted(set(re.findall(r"pri_\w+", plans)))


def product_of(product_id: str) -> Entity:
    """Return a product; any id that looks like one is known."""
    return {
        "id": product_id,
        "name": product_id.removeprefix("pro_"),
        "tax_category": "standard",
        "type": "standard",
        "description": None,
        "image_url": None,
        "custom_data": None,
        "status": "active",
        "import_meta": None,
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
    }


def price_of(price_id: str) -> Entity:
    """Return a price: yearly if its id says so; every plan costs the same."""
    interval = "year" if "year" in price_id else "month"
    return {
        "id": price_id,
        "product_id": _product_id(price_id),
        "name": interval.capitalize() + "ly",
        "description": f"{price_id}, each {interval}",
        "type": "standard",
        "status": "active",
        "tax_mode": "account_setting",
        "billing_cycle": {"interval": interval, "frequency": 1},
        "trial_period": None,
        "unit_price": money(CENTS * (10 if interval == "year" else 1)),
        "unit_price_overrides": [],
        "quantity": {"minimum": 1, "maximum": 999},
        "custom_data": None,
        "import_meta": None,
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
    }


def _product_id(price_id: str) -> str:
    """Return the product of a price: `pro_team` for both `pri_teammonthly` and `pri_teamyearly`."""
    return re.sub(r"^pri_(\w+?)(monthly|yearly)?$", r"pro_\1", price_id)


def money(amount: int) -> Entity:
    """Return an amount in cents as Paddle writes it."""
    return {"amount": str(amount), "currency_code": "USD"}


def totals_of(amount: int) -> Entity:
    """Return the totals of a transaction, without tax and discount."""
    totals = {name: str(amount) for name in ("subtotal", "total", "balance", "grand_total")}
    totals |= dict.fromkeys(("discount", "tax", "credit", "credit_to_balance"), "0")
    unknown: Entity = {"fee": None, "earnings": None}
    return totals | unknown | {"grand_total_tax": "0", "currency_code": "USD"}


def details_of(items: Sequence[Mapping[str, Any]]) -> Entity:
    """Return the amounts of some items, in all and of each."""
    lines: list[Entity] = []
    for number, item in enumerate(items):
        price, quantity = item["price"], item["quantity"]
        unit = int(price["unit_price"]["amount"])
        lines.append(
            {
                "id": f"txnitm_{number}",
                "price_id": price["id"],
                "quantity": quantity,
                "proration": None,
                "tax_rate": "0",
                "unit_totals": _line_totals(unit),
                "totals": _line_totals(unit * quantity),
                "product": product_of(price["product_id"]),
            }
        )
    amount = sum(int(line["totals"]["total"]) for line in lines)
    none: Entity = {"adjusted_totals": None, "payout_totals": None, "adjusted_payout_totals": None}
    return none | {"tax_rates_used": [], "totals": totals_of(amount), "line_items": lines}


def amount_of(items: Sequence[Mapping[str, Any]]) -> int:
    """Return what some items cost together, in cents."""
    return int(details_of(items)["totals"]["total"])


def _line_totals(amount: int) -> Entity:
    return {"subtotal": str(amount), "discount": "0", "tax": "0", "total": str(amount)}
