"""Payouts of what sellers earned."""
