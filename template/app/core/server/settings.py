"""The settings of the server."""

from typing import Annotated

from pydantic import Field

from app.production import InProduction, refuse_wildcard
from app.settings import CommaSeparated, ServiceSettings

_DRAIN_SECONDS_IN_PRODUCTION = 5.0


class ServerSettings(ServiceSettings):
    """The address and the limits of the server; each limit holds for one process."""

    host: str = "127.0.0.1"
    """The address to listen on."""

    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    """The port to listen on; 0 for a free one."""

    web_concurrency: Annotated[int, Field(ge=1, le=100)] = 1
    """The number of worker processes."""

    root_path: str = ""
    """The path prefix that a proxy removes, as in `/shop`."""

    forwarded_allow_ips: Annotated[CommaSeparated, InProduction(refuse_wildcard)] = (
        "127.0.0.1",
        "::1",
    )
    """Addresses or networks of the proxies whose `X-Forwarded-` headers are trusted."""

    url_max_bytes: Annotated[int, Field(ge=256, le=1_048_576)] = 8192
    """The longest URL; 414 beyond it."""

    header_max_bytes: Annotated[int, Field(ge=1024, le=1_048_576)] = 32_768
    """The largest headers of a request; 431 beyond them."""

    header_max_count: Annotated[int, Field(ge=10, le=10_000)] = 100
    """The most headers of a request; 431 beyond them."""

    header_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 10
    """How long a client may take to send the headers, from the connection or their first byte."""

    body_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 20
    """How long a body or a response may stand still; the rate below is measured over this time."""

    body_min_bytes_per_second: Annotated[int, Field(ge=0, le=1_000_000)] = 500
    """The slowest accepted transfer of a body or a response."""

    keep_alive_seconds: Annotated[int, Field(ge=0, le=3600)] = 5
    """How long a connection stays open without a request."""

    max_connections: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """The most open connections. Beyond them, the one that waits longest for a request is closed,
    or the new one if none waits."""

    max_connections_per_address: Annotated[int, Field(ge=1, le=100_000)] = 200
    """The most open connections of one address that is no trusted proxy."""

    shutdown_drain_seconds: Annotated[float, Field(ge=0, le=600)] | None = None
    """How long requests are still accepted after SIGTERM, while `/health/ready` is 503 already:
    longer than a load balancer takes to notice. Unset: 5 in production, otherwise 0."""

    shutdown_timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    """How long the requests in flight may then take."""

    @property
    def drain_seconds(self) -> float:
        """The drain pause of this environment."""
        if self.shutdown_drain_seconds is not None:
            return self.shutdown_drain_seconds
        return _DRAIN_SECONDS_IN_PRODUCTION if self.is_production else 0
