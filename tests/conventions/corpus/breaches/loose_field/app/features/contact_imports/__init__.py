"""Contacts that are imported from other systems."""
