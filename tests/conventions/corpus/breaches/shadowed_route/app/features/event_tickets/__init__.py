"""Tickets of events."""
