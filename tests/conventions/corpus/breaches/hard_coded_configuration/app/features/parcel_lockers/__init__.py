"""Lockers in which customers pick up parcels."""
