"""Tables: commission plans and the commissions of deals."""

from decimal import Decimal

from sqlalchemy import Double, Float, Numeric, String
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey

Euro = Float(asdecimal=True)


class CommissionPlan(Base):
    """The share of a deal that a seller earns."""

    __tablename__ = "commission_plans"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    share: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    guaranteed_pay: Mapped[Decimal] = mapped_column(Euro)  # breach: money-float
    cap_in_cents: Mapped[float] = mapped_column(DOUBLE_PRECISION)  # breach: money-float


class Commission(Base):
    """The commission of a seller for one deal."""

    __tablename__ = "earned_commissions"

    id: Mapped[UuidKey]
    deal_number: Mapped[str] = mapped_column(String(40), unique=True)
    revenue: Mapped[float]  # breach: money-float
    payout: Mapped[float] = mapped_column(Double())  # breach: money-float
    created_at: Mapped[CreatedAt]
