"""Replacement of the keys of customers' programs."""
