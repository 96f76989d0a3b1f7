"""The settings of Redis."""

import re
from typing import Annotated, ClassVar
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, SecretStr
from redis.asyncio import ConnectionPool, SSLConnection
from redis.exceptions import RedisError

from app.settings import ServiceSettings

_USER = r"([^\s/?#@:]*(:[^\s/?#@]*)?@)?"
_HOST = r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?"
_URL = re.compile(rf"(rediss?://{_USER}{_HOST}(/\d*)?|unix://{_USER}/[^\s?#@]+)(\?[^\s#@]*)?")
_SEVERAL_NODES = re.compile(r"[\w+-]*(sentinel|cluster)[\w+-]*://.*|[^/]*//([^/?#]*@)?[^/?#@]*,.*")
_PARAMETERS = (
    *("client_name", "db", "protocol"),
    *("ssl_ca_certs", "ssl_cert_reqs", "ssl_check_hostname"),
)


def _check_address(value: SecretStr) -> SecretStr:
    """Reject an address with which every connection would fail; show no part of it."""
    address = value.get_secret_value()
    if _SEVERAL_NODES.fullmatch(address):
        message = "Sentinel and cluster are unsupported: give the address of one server or proxy"
        raise ValueError(message)
    if not _URL.fullmatch(address):
        message = (
            "write it like redis://user:password@host:6379/0, or rediss:// for TLS, with special "
            "characters of the password encoded, such as %40 for @"
        )
        raise ValueError(message)
    given = parse_qs(urlsplit(address).query, keep_blank_values=True)
    if unknown := sorted(given.keys() - set(_PARAMETERS)):
        message = (
            f"unsupported parameters: {', '.join(unknown)}; supported are "
            f"{', '.join(_PARAMETERS)}; for TLS write rediss://"
        )
        raise ValueError(message)
    _check_parameters(address)
    return value


def _check_parameters(address: str) -> None:
    """Prepare a connection, without opening it, since only the client knows all of the values."""
    try:
        connection = ConnectionPool.from_url(address).make_connection()
        if isinstance(connection, SSLConnection):
            connection.ssl_context.get()
    except (OSError, RedisError, TypeError, ValueError):
        message = (
            "a port or parameter is invalid: db takes a number, protocol 2 or 3, ssl_cert_reqs "
            "none or required, ssl_ca_certs a readable file; the ssl_ parameters need rediss://"
        )
        raise ValueError(message) from None


class RedisSettings(ServiceSettings):
    """The address of Redis, and the limits of its use."""

    required_in_production: ClassVar[tuple[str, ...]] = ("redis_url",)

    redis_url: Annotated[SecretStr, AfterValidator(_check_address)] | None = None
    """`redis://`, `rediss://` (TLS) or `unix://`. Optional outside production."""

    redis_connections: Annotated[int, Field(ge=1, le=1000)] = 20
    """The most connections of one process."""

    redis_timeout_seconds: Annotated[float, Field(gt=0, le=5)] = 0.1
    """The time limit of one command; after it, the service goes on without Redis for a second."""

    redis_connect_timeout_seconds: Annotated[float, Field(gt=0, le=10)] = 1
    """The time limit of one connection: TCP and TLS take several round trips."""
