"""The file that tells the bank whom to pay."""

from collections.abc import Iterable

from app.features.payroll_runs.models import Payslip


def bank_lines(payslips: Iterable[Payslip]) -> list[str]:
    """Return one line a payment."""
    return [f"{payslip.iban};{payslip.net_pay:f}" for payslip in payslips]
