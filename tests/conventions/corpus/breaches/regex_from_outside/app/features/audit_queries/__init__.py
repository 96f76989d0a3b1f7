"""Searches in the log of changes."""
