"""Parser for the PostgreSQL URLs that providers show, for asyncpg.

    url, connect_args = parse_database_url("postgres://ada:pw@ep-x-pooler.eu.neon.tech/app")

libpq's parameters: https://www.postgresql.org/docs/current/libpq-connect.html. The host of a Neon
pooler is that of its database with `-pooler` after the first label: https://neon.com/docs/connect.
"""

import re
import ssl
from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVER = "postgresql+asyncpg"
_SCHEMES = frozenset({"postgres", "postgresql", _DRIVER})
_PARAMETERS = (
    *("application_name", "channel_binding", "connect_timeout", "host", "options", "port"),
    *("sslmode", "sslnegotiation", "sslrootcert", "target_session_attrs"),
)
_OPTIONAL_TLS = ("", "disable", "allow", "prefer")
_TLS_MODES = (*_OPTIONAL_TLS, "require", "verify-ca", "verify-full")
_NEON_POOLER = re.compile(r"(?<=[@/])([\w-]+)-pooler(?=(\.[\w-]+)*\.neon\.tech\b)", re.IGNORECASE)

_INVALID = "not a PostgreSQL URL: use the form postgresql://user:password@host/database"


def parse_database_url(address: str) -> tuple[URL, dict[str, Any]]:
    """Split a PostgreSQL URL into SQLAlchemy's URL and asyncpg's connect arguments.

    Args:
        address: The URL as copied from a provider: `postgres://`, `postgresql://` or
            `postgresql+asyncpg://`, with libpq's parameters.

    Returns:
        The URL with the asyncpg driver, and the arguments for `asyncpg.connect`.

    Raises:
        ValueError: The URL is not one of PostgreSQL, or has unsupported parameters. The message
            does not repeat the URL, which holds a password.
    """
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):  # a ValueError would repeat a part of the URL
        raise ValueError(_INVALID) from None
    if url.drivername not in _SCHEMES:
        raise ValueError(_INVALID)
    if unsupported := sorted(url.query.keys() - set(_PARAMETERS)):
        message = (
            f"the database URL has unsupported parameters: {', '.join(unsupported)}; "
            f"supported are {', '.join(_PARAMETERS)}"
        )
        raise ValueError(message)
    # SQLAlchemy's dialect reads host and port from the query; the rest is translated here.
    query = {name: url.query[name] for name in url.query if name not in {"host", "port"}}
    if repeated := [name for name, value in query.items() if not isinstance(value, str)]:
        message = f"the database URL repeats parameters: {', '.join(repeated)}"
        raise ValueError(message)
    given = {name: str(value) for name, value in query.items()}
    arguments = _tls_arguments(given, host=url.host or "") | _other_arguments(given)
    return url.difference_update_query(given).set(drivername=_DRIVER), arguments


def direct_address(address: str) -> str:
    """Return the URL without Neon's pooler, in a form that `psql` accepts too."""
    return _NEON_POOLER.sub(r"\1", address.strip()).replace("+asyncpg:", ":", 1)


def _tls_arguments(given: Mapping[str, str], *, host: str) -> dict[str, Any]:
    """Translate libpq's TLS parameters, as strictly as libpq or more so."""
    mode, root = given.get("sslmode", ""), given.get("sslrootcert", "")
    if mode not in _TLS_MODES:
        message = f"sslmode in the database URL must be one of {', '.join(_TLS_MODES[1:])}"
        raise ValueError(message)
    # 1. channel_binding=require protects against an impostor even where sslmode=require does not
    #    verify the certificate. asyncpg has no channel binding, so the certificate is verified
    #    instead. Only at Neon: its certificates are public, others may be self-signed.
    is_bound = given.get("channel_binding") == "require" and host.endswith(".neon.tech")
    # 2. sslmode alone: asyncpg has the same modes.
    arguments: dict[str, Any] = {"ssl": mode} if mode else {}
    # 3. A certificate has to be verified with verify-ca and verify-full, and, as in libpq, with
    #    sslmode=require beside a root file, and with sslrootcert=system. asyncpg looks for roots
    #    in ~/.postgresql only, so the context is made here.
    has_file = root not in {"", "system"}
    if (
        is_bound
        or mode.startswith("verify-")
        or root == "system"
        or (has_file and mode not in _OPTIONAL_TLS)
    ):
        # verify-ca does not check the host name. That is safe with a private root, which signs
        # the operator's own certificates only, but anyone can get a certificate of a public one.
        check_hostname = is_bound or mode == "verify-full" or not has_file
        context = _tls_context(root if has_file else None, check_hostname=check_hostname)
        arguments = {"ssl": context}
    # 4. sslnegotiation=direct saves the round trip of the SSLRequest message.
    if given.get("sslnegotiation") == "direct":
        if mode in _OPTIONAL_TLS:
            message = "sslnegotiation=direct in the database URL needs sslmode=require or stricter"
            raise ValueError(message)
        arguments["direct_tls"] = True
    return arguments


def _tls_context(root: str | None, *, check_hostname: bool) -> ssl.SSLContext:
    """Return a context that trusts the system's roots, or only those of a file."""
    try:
        context = ssl.create_default_context(cafile=root)
    except OSError as error:
        message = f"sslrootcert in the database URL cannot be read: {error.strerror}"
        raise ValueError(message) from error
    context.check_hostname = check_hostname
    context.set_alpn_protocols(["postgresql"])  # required by direct negotiation
    return context


def _other_arguments(given: Mapping[str, str]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    settings = {name: given[name] for name in ("application_name", "options") if name in given}
    if settings:
        arguments["server_settings"] = settings
    if "target_session_attrs" in given:
        arguments["target_session_attrs"] = given["target_session_attrs"]
    if seconds := given.get("connect_timeout"):
        if not seconds.isdecimal():
            message = "connect_timeout in the database URL must be a number of seconds"
            raise ValueError(message)
        if int(seconds):  # 0 means no limit
            arguments["timeout"] = int(seconds)
    return arguments
