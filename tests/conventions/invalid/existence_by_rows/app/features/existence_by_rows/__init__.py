"""Existence by rows."""
