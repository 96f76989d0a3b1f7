"""The prices of tickets."""

from dataclasses import dataclass
from decimal import Decimal

Amount = float


@dataclass
class Quote:
    """The price of a journey."""

    currency: str
    amount: Amount  # violates: float-money


def price_of(unit_price: Decimal, discount: float, fee_cents: int) -> int:
    """Return the price of a ticket in cents."""
    reduced = float(unit_price - 1) * discount  # violates: float-money
    return round(reduced) + round(fee_cents * 1.19)  # violates: float-money
