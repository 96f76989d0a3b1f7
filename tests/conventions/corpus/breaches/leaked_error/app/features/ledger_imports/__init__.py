"""Imports of ledgers from other programs."""
