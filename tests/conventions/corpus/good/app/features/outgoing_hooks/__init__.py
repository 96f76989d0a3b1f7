"""Hooks that this service calls: only at the hosts that the settings name."""
