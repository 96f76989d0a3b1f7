"""Permits to park in a street."""
