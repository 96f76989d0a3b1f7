"""Attacks on a generated service: `make attack`."""
