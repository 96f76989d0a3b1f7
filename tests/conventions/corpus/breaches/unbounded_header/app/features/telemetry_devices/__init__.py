"""Devices that report measurements."""
