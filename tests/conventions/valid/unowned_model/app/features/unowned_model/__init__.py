"""Unowned model."""
