"""Turning the PostgreSQL address that a provider shows into what asyncpg understands."""

from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVER = "postgresql+asyncpg"
_NAMES = frozenset({"postgres", "postgresql", _DRIVER})


def parse_database_url(address: str) -> tuple[URL, dict[str, Any]]:
    """Split a PostgreSQL address into SQLAlchemy's URL and asyncpg's connect arguments.

    Args:
        address: As pasted from a provider: `postgres://`, `postgresql://` or
            `postgresql+asyncpg://`, with libpq's `sslmode` and `channel_binding` or without.

    Returns:
        The URL with the asyncpg driver, and the arguments that asyncpg takes beside it.

    Raises:
        ValueError: It is not a PostgreSQL address. The address is not repeated: it has a password.
    """
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):  # a ValueError would repeat what stands at the port
        raise ValueError(_EXPLANATION) from None
    if url.drivername not in _NAMES:
        raise ValueError(_EXPLANATION)
    connect_args: dict[str, Any] = {}
    if sslmode := url.query.get("sslmode"):
        connect_args["ssl"] = sslmode
    url = url.difference_update_query(["sslmode", "channel_binding"])
    return url.set(drivername=_DRIVER), connect_args


_EXPLANATION = (
    "the database address is not one of PostgreSQL: "
    "write it as postgresql://user:password@host/database"
)
