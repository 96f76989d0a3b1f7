"""Dunning: reminders of unpaid invoices, late fees, and the hand-over to a collector."""
