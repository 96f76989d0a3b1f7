"""Faults under load, and whether an acknowledged write survives them: `make chaos`."""
