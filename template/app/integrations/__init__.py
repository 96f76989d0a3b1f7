"""Integrations with other services, each in a folder of its own."""
