"""Profiles of the members of a club."""
