"""Payouts of the earnings of sellers."""
