"""Bookings of tennis courts."""
