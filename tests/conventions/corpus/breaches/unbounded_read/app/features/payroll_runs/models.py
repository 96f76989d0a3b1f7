"""Tables: payroll runs and payslips."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class PayrollRun(Base):
    """The payroll of one month."""

    __tablename__ = "payroll_runs"
    __table_args__ = (Index(None, "status", "month"),)

    id: Mapped[UuidKey]
    month: Mapped[date] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[CreatedAt]


class Payslip(Base):
    """The pay of one employee in one month."""

    __tablename__ = "payslips"
    __table_args__ = (Index(None, "run_id", "status"), Index(None, "status", "id"))

    id: Mapped[UuidKey]
    run_id: Mapped[UUID] = mapped_column(ForeignKey(PayrollRun.id, ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(String(16))
    iban: Mapped[str] = mapped_column(String(34))
    net_pay: Mapped[Decimal] = mapped_column(Numeric(12, 2))
