"""Exceptions from the limits of a customer's plan."""
