"""Accounts of vendors in a marketplace."""
