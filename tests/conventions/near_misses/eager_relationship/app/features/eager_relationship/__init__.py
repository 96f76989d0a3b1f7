"""Eager relationship."""
