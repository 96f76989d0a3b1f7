"""Drone surveys: flights over fields, and the maps that a service makes of their pictures."""
