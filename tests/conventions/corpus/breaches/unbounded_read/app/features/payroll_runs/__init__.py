"""Payroll: the monthly runs, their payslips and the files for the bank."""
