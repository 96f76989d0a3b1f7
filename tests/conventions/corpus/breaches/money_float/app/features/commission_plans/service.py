"""The arithmetic of commissions."""

from dataclasses import dataclass
from decimal import Decimal

from app.features.commission_plans.models import CommissionPlan
from app.features.commission_plans.schemas import CommissionOut, DealIn

PLATFORM_SHARE = 0.029


@dataclass(frozen=True, slots=True)
class Split:
    """The split of the revenue of a deal."""

    seller_amount: float  # breach: money-float
    platform_amount: Decimal


def commission_of(number: str, deal: DealIn, plan: CommissionPlan) -> CommissionOut:
    """Return the commission of a deal."""
    earned = deal.revenue * float(plan.share)  # breach: money-float
    return CommissionOut(number=number, earned_total=earned)


def split_price(price: Decimal) -> Split:
    """Split the price of a deal between the platform and the seller."""
    kept = Decimal(float(price) * PLATFORM_SHARE)  # breach: money-float
    return Split(seller_amount=float(price - kept), platform_amount=kept)  # breach: money-float


def invoice_total(lines: list[tuple[int, Decimal]]) -> str:
    """Return the total of the lines of an invoice, as it is printed."""
    total = sum((quantity * float(price) for quantity, price in lines), 0.0)  # breach: money-float
    return f"{total:.2f}"
