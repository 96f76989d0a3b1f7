"""Harvest forecasts: what the fields of a cooperative will yield."""
