"""Payouts to vendors, by the API of the bank."""
