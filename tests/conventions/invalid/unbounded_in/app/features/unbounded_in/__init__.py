"""Unbounded in."""
