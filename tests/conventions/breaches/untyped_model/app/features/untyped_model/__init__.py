"""Untyped model."""
