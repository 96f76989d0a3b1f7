"""Visits of a shop by people who have not logged in."""
