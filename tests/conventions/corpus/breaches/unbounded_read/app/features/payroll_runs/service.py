"""Services of payroll runs."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.payroll_runs.bank_file import bank_lines
from app.features.payroll_runs.models import PayrollRun, Payslip
from app.features.payroll_runs.repository import Payslips

OPEN = ("draft", "approved")


async def open_payslips(session: AsyncSession) -> int:
    """Return the number of payslips that the bank has not confirmed."""
    return len(await Payslips(session).find(Payslip.status.in_(OPEN)))


async def write_bank_file(session: AsyncSession) -> list[str]:
    """Return the lines of the bank file, of all approved payslips."""
    approved = select(Payslip).where(Payslip.status == "approved").order_by(Payslip.id)
    rows = await session.execute(approved)  # breach: unbounded-read
    return bank_lines(rows.scalars())


async def total_by_status(session: AsyncSession) -> dict[str, Decimal]:
    """Return the pay of all payslips by their status."""
    totals: dict[str, Decimal] = {}
    everything = select(Payslip.status, Payslip.net_pay)
    async for status, pay in await session.stream(everything):  # breach: unbounded-read
        totals[status] = totals.get(status, Decimal(0)) + pay
    return totals


async def payslips_by_run(session: AsyncSession) -> dict[PayrollRun, list[Payslip]]:
    """Return the payslips of the runs that are not closed."""
    joined = (
        select(PayrollRun, Payslip)
        .join(Payslip, Payslip.run_id == PayrollRun.id)
        .where(PayrollRun.status != "closed")
    )
    by_run: dict[PayrollRun, list[Payslip]] = {}
    for run, payslip in (await session.execute(joined)).all():  # breach: unbounded-read
        by_run.setdefault(run, []).append(payslip)
    return by_run
