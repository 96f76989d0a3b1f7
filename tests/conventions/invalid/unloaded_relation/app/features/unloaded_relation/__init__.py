"""Unloaded relation."""
