"""Repair orders of a workshop: quotes, approvals, parts and invoices."""
