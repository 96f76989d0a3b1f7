"""Loose column."""
