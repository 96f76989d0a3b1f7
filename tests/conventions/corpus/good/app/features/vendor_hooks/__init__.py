"""Webhooks of vendors, each with the means of its own to prove where it comes from."""
