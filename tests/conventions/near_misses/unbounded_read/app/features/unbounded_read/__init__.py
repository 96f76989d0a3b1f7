"""Unbounded read."""
