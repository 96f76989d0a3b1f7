"""The weights and prices of parcels."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass
class Dose:
    """An amount of a medicine."""

    medicine: str
    amount: float


@dataclass
class Cost:
    """The cost of a parcel."""

    amount: Decimal
    discount_percent: float
    number_of_invoices: int


def price_of(price: Decimal, weight: float) -> Decimal:
    """Return the price of a parcel."""
    return price * Decimal("1.19") if weight * 1.5 < float("20") else price * 2
