"""Expenses of business trips."""
