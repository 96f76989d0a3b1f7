"""Vans."""


def due() -> int:
    """Return the days until a service."""
    # violates: ownerless-todo
    # TODO: electric vans
    return 365
