"""Meter readings: the consumption that gateways report, and the grid operator's confirmations."""
