"""Parser for the PostgreSQL URLs that providers show, for asyncpg.

    url, connect_args = parse_database_url("postgres://ada:pw@ep-x-pooler.eu.neon.tech/app")

libpq's parameters: https://www.postgresql.org/docs/current/libpq-connect.html. The host of a Neon
pooler is that of its database with `-pooler` after the first label: https://neon.com/docs/connect.
"""

import re
import ssl
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_HIGHEST_PORT = 65_535
_DRIVER = "postgresql+asyncpg"
_SCHEME = re.compile(r"postgres(ql)?(\+\w+)?")  # of any driver: it is replaced
_PASTED = re.compile(r"(?:psql\s+)?(['\"]?)(?P<url>.*)\1", re.DOTALL)
_PARTS = re.compile(
    r"(?P<before>[\w+]+://([^:/@]*(:[^@]*)?@)?)(?P<hosts>[^/?@]*)(?P<after>[^@]*)", re.DOTALL
)
_HOST = re.compile(
    r"(?P<name>[\w.-]+|/.*?|\[?(?P<ipv6>[\da-f]*:[\da-f]*:[\da-f:.]*)\]?)(:(?P<port>\d{1,5}))?",
    re.IGNORECASE,
)
_PARAMETERS = (
    *("application_name", "channel_binding", "connect_timeout", "host", "options", "port"),
    *("sslmode", "sslnegotiation", "sslrootcert", "target_session_attrs"),
)
_OPTIONAL_TLS = ("", "disable", "allow", "prefer")
_TLS_MODES = (*_OPTIONAL_TLS, "require", "verify-ca", "verify-full")
_NEON_POOLER = re.compile(r"(?<=[@/,=])([\w-]+)-pooler(?=(\.[\w-]+)*\.neon\.tech\b)", re.IGNORECASE)

_SESSION_ATTRS = ("any", "primary", "standby", "read-write", "read-only", "prefer-standby")

_INVALID = (
    "not a PostgreSQL URL: use the form postgresql://user:password@host:5432/database, with "
    "special characters of the password encoded, such as %40 for @"
)


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
    parts = _PARTS.fullmatch(_unwrap(address))
    try:
        url = make_url(parts["before"] + parts["after"] if parts else address)
    except (ArgumentError, ValueError):  # a ValueError would repeat a part of the URL
        raise ValueError(_INVALID) from None
    if parts is None or not _SCHEME.fullmatch(url.drivername):
        raise ValueError(_INVALID)
    if unsupported := sorted(url.query.keys() - set(_PARAMETERS)):
        message = (
            f"the database URL has unsupported parameters: {', '.join(unsupported)}; "
            f"supported are {', '.join(_PARAMETERS)}"
        )
        raise ValueError(message)
    hosts = _read_hosts(parts["hosts"], url.query)
    query = {name: url.query[name] for name in url.query if name not in {"host", "port"}}
    if repeated := [name for name, value in query.items() if not isinstance(value, str)]:
        message = f"the database URL repeats parameters: {', '.join(repeated)}"
        raise ValueError(message)
    given = {name: str(value) for name, value in query.items()}
    is_neon = any(name.endswith(".neon.tech") for name, _ in hosts)
    arguments = _tls_arguments(given, is_neon=is_neon) | _other_arguments(given)
    return _with_hosts(url.set(drivername=_DRIVER, query={}), hosts), arguments


def _unwrap(address: str) -> str:
    """Return the URL without quotes or the command `psql`, with which providers show it."""
    match = _PASTED.fullmatch(address.strip())
    return match["url"].strip() if match else address


def _read_hosts(
    before_path: str, query: Mapping[str, str | Sequence[str]]
) -> list[tuple[str, str | None]]:
    """Return the name and the port of each host, from before the path or from the parameters."""
    listed, ports = (
        ",".join([value] if isinstance(value, str) else value)
        for value in (query.get("host", ()), query.get("port", ()))
    )
    if not (given := unquote(before_path) or listed):
        return []
    matches = [_HOST.fullmatch(text) for text in given.split(",")]
    hosts = [
        (match["ipv6"] or match["name"], match["port"] or port or None)
        for match, port in zip_longest(matches, ports.split(",")[: len(matches)])
        if match
    ]
    are_numbers = all(port.isdecimal() and int(port) <= _HIGHEST_PORT for _, port in hosts if port)
    if len(hosts) < len(matches) or not are_numbers:
        raise ValueError(_INVALID)
    return hosts


def _with_hosts(url: URL, hosts: list[tuple[str, str | None]]) -> URL:
    """Return the URL with its hosts where SQLAlchemy's dialect for asyncpg reads them."""
    match hosts:
        case []:
            return url
        case [(name, port)] if not name.startswith("/"):
            return url.set(host=name, port=int(port) if port else None)
        case [(name, None)]:
            return url.update_query_dict({"host": name})
    names, ports = zip(*((name, port or "5432") for name, port in hosts), strict=True)
    return url.update_query_dict({"host": ",".join(names), "port": ",".join(ports)})


def direct_address(address: str) -> str:
    """Return the URL without Neon's pooler, in a form that `psql` accepts too."""
    return _NEON_POOLER.sub(r"\1", re.sub(r"^(\w+)\+\w+:", r"\1:", _unwrap(address)))


def _tls_arguments(given: Mapping[str, str], *, is_neon: bool) -> dict[str, Any]:
    """Translate libpq's TLS parameters, as strictly as libpq or more so."""
    mode, root = given.get("sslmode", ""), given.get("sslrootcert", "")
    if mode not in _TLS_MODES:
        message = f"sslmode in the database URL must be one of {', '.join(_TLS_MODES[1:])}"
        raise ValueError(message)
    # 1. channel_binding=require protects against an impostor even where sslmode=require does not
    #    verify the certificate. asyncpg has no channel binding, so the certificate is verified
    #    instead. Only at Neon: its certificates are public, others may be self-signed.
    is_bound = given.get("channel_binding") == "require" and is_neon
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
    if attrs := given.get("target_session_attrs"):
        if attrs not in _SESSION_ATTRS:
            options = ", ".join(_SESSION_ATTRS)
            message = f"target_session_attrs in the database URL must be one of {options}"
            raise ValueError(message)
        arguments["target_session_attrs"] = attrs
    if seconds := given.get("connect_timeout"):
        if not seconds.isdecimal():
            message = "connect_timeout in the database URL must be a number of seconds"
            raise ValueError(message)
        if int(seconds):  # 0 means no limit
            arguments["timeout"] = int(seconds)
    return arguments
