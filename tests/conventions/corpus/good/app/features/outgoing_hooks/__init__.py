"""Hooks that this service calls: only at partners whose hosts the settings name."""
