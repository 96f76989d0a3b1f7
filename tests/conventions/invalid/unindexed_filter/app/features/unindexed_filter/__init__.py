"""Unindexed filter."""
