"""Calendars of another service, kept in step page by page."""
