"""Unindexable filter."""
