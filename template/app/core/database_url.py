"""Turning the PostgreSQL address that a provider shows into what asyncpg understands.

libpq's parameters: https://www.postgresql.org/docs/current/libpq-connect.html. A Neon pooler's host
is its database's with `-pooler` after the first label: https://neon.com/docs/connect.
"""

import re
import ssl
from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVER = "postgresql+asyncpg"
_NAMES = frozenset({"postgres", "postgresql", _DRIVER})
_PARAMETERS = (
    *("application_name", "channel_binding", "connect_timeout", "host", "options", "port"),
    *("sslmode", "sslnegotiation", "sslrootcert", "target_session_attrs"),
)
_WITHOUT_TLS = ("", "disable", "allow", "prefer")  # or perhaps with it
_TLS_MODES = (*_WITHOUT_TLS, "require", "verify-ca", "verify-full")
_NEON_POOLER = re.compile(r"(?<=[@/])([\w-]+)-pooler(?=(\.[\w-]+)*\.neon\.tech\b)", re.IGNORECASE)


def parse_database_url(address: str) -> tuple[URL, dict[str, Any]]:
    """Split a PostgreSQL address into SQLAlchemy's URL and asyncpg's connect arguments.

    Args:
        address: As pasted from a provider: `postgres://`, `postgresql://` or
            `postgresql+asyncpg://`, with libpq's parameters for TLS and the like.

    Returns:
        The URL with the asyncpg driver, and the arguments that asyncpg takes beside it.

    Raises:
        ValueError: It is not a PostgreSQL address, or has parameters that are not understood. The
            address is not repeated: it has a password.
    """
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):  # a ValueError would repeat what stands at the port
        raise ValueError(_EXPLANATION) from None
    if url.drivername not in _NAMES:
        raise ValueError(_EXPLANATION)
    if strange := sorted(url.query.keys() - set(_PARAMETERS)):
        message = (
            f"the database address has parameters that are not understood: {', '.join(strange)}; "
            f"understood are {', '.join(_PARAMETERS)}"
        )
        raise ValueError(message)
    own = {name: url.query[name] for name in url.query if name not in {"host", "port"}}
    if twice := [name for name, value in own.items() if not isinstance(value, str)]:
        message = f"the database address has these parameters twice: {', '.join(twice)}"
        raise ValueError(message)
    given = {name: str(value) for name, value in own.items()}
    arguments = _tls_arguments(given, host=url.host or "") | _other_arguments(given)
    return url.difference_update_query(given).set(drivername=_DRIVER), arguments


def direct_address(address: str) -> str:
    """Return the address without Neon's pooler, in the form that `psql` takes too."""
    return _NEON_POOLER.sub(r"\1", address.strip()).replace("+asyncpg:", ":", 1)


def _tls_arguments(given: Mapping[str, str], *, host: str) -> dict[str, Any]:
    mode, root = given.get("sslmode", ""), given.get("sslrootcert", "")
    if mode not in _TLS_MODES:
        message = f"sslmode in the database address must be one of {', '.join(_TLS_MODES[1:])}"
        raise ValueError(message)
    # asyncpg cannot bind the channel. A certificate that is right keeps out whom that would.
    is_bound = given.get("channel_binding") == "require" and host.endswith(".neon.tech")
    arguments: dict[str, Any] = {"ssl": mode} if mode else {}
    own_root = root not in {"", "system"}
    wants_own = own_root and mode not in _WITHOUT_TLS
    if is_bound or mode.startswith("verify-") or root == "system" or wants_own:
        is_named = is_bound or mode == "verify-full" or not own_root
        arguments = {"ssl": _verifying(root if own_root else None, check_name=is_named)}
    if given.get("sslnegotiation") == "direct":
        if mode in _WITHOUT_TLS:
            message = "sslnegotiation=direct in the database address needs sslmode=require or more"
            raise ValueError(message)
        arguments["direct_tls"] = True
    return arguments


def _verifying(root: str | None, *, check_name: bool) -> ssl.SSLContext:
    """Return what accepts certificates of the system's authorities, or of those in a file only."""
    try:
        context = ssl.create_default_context(cafile=root)
    except OSError as error:
        message = f"sslrootcert in the database address cannot be read: {error.strerror}"
        raise ValueError(message) from error
    context.check_hostname = check_name
    context.set_alpn_protocols(["postgresql"])
    return context


def _other_arguments(given: Mapping[str, str]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if told := {name: given[name] for name in ("application_name", "options") if name in given}:
        arguments["server_settings"] = told
    if "target_session_attrs" in given:
        arguments["target_session_attrs"] = given["target_session_attrs"]
    if seconds := given.get("connect_timeout"):
        if not seconds.isdecimal():
            message = "connect_timeout in the database address must be a number of seconds"
            raise ValueError(message)
        arguments |= {"timeout": int(seconds)} if int(seconds) else {}
    return arguments


_EXPLANATION = (
    "the database address is not one of PostgreSQL: "
    "write it as postgresql://user:password@host/database"
)
