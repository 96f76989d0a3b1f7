"""Retention windows: how long recordings of calls are kept, and which may be deleted."""
