"""Vans: the things to do are in a list of the workshop."""


def due() -> int:
    """Return the days until a service."""
    # TODO(#41): electric vans
    return 365
