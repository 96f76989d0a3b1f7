"""Settings of the service; a module's own settings are in the module's folder.

    class WeatherSettings(ServiceSettings):
        required_in_production = ("weather_api_key",)

        weather_api_key: SecretStr | None = None

    get(WeatherSettings).weather_api_key  # `get` of `app.core.services`

A value comes from the environment variable of the same name in capitals, from `.env`, or from a
file of that name in `/run/secrets`; the environment takes precedence. No secret has a default in
production, which also refuses weak and published values (`app.production`).
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.database_url import direct_address, parse_database_url
from app.production import (
    InProduction,
    checks_of,
    find_weak_secret,
    refuse_wildcard,
    require_https,
)

RATE_PATTERN = r"([1-9][0-9]{0,8})/(second|minute|hour|day)"
SECRETS_FOLDER = Path("/run/secrets")


class Environment(StrEnum):
    """The environment; only `development` and `test` accept defaults for required settings."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class ApiDocs(StrEnum):
    """The audience of `/docs` and `/openapi.json`."""

    PUBLIC = "public"
    ADMIN = "admin"
    OFF = "off"


class Pooler(StrEnum):
    """The connection pooler between the service and the database."""

    NONE = "none"
    """None, or one that supports prepared statements: PgBouncer from 1.21 on, such as Neon's."""

    TRANSACTION = "transaction"
    """PgBouncer in transaction mode before 1.21, or with `max_prepared_statements=0`."""


_LABEL = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_HOST = rf"({_LABEL}(\.{_LABEL})*|\[[0-9a-f:.]+\])"
_ALLOWED_HOST = re.compile(rf"\*|(\*\.)?{_HOST}")
_ORIGIN = re.compile(rf"\*|[a-z][a-z0-9+.-]*://{_HOST}(:[0-9]{{1,5}})?")
_USUAL_PORT = re.compile(r"http://.*:80|https://.*:443")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HTTP_URL = re.compile(
    r"https?://([^\s/?#@\"':]+|\[[0-9a-f:.]+\])(:\d+)?(/[^\s?#\"']*)?", re.IGNORECASE
)
_NUMERIC_HOST = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?", re.IGNORECASE)
_IPV4 = re.compile(r"(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}")


def _split_commas(value: object) -> object:
    if not isinstance(value, str):
        return value
    if re.search("[\"']", value):
        message = "write the values as they are, separated by commas: no quotes, no JSON"
        raise ValueError(message)
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _check_database_url(value: SecretStr) -> SecretStr:
    parse_database_url(value.get_secret_value())
    return value


def _split_secrets(value: object) -> object:
    return _split_commas(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _check_hosts(values: tuple[str, ...]) -> tuple[str, ...]:
    lowered = tuple(value.lower() for value in values)
    for value in lowered:
        if not _ALLOWED_HOST.fullmatch(value) or hides_address(value):
            message = (
                f"{value!r} matches no host: write a name as in api.example.com, or *.example.com "
                f"for subdomains, without scheme, port and path"
            )
            raise ValueError(message)
    return lowered


def _check_origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Reject what no browser sends as an origin."""
    lowered = tuple(value.lower() for value in values)
    for value in lowered:
        if not _ORIGIN.fullmatch(value) or _USUAL_PORT.fullmatch(value):
            message = (
                f"{value!r} matches no origin: write it as in https://app.example.com or "
                f"http://localhost:3000, without path, final slash, wildcard and usual port"
            )
            raise ValueError(message)
    return lowered


def _check_header_names(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _HEADER_NAME.fullmatch(value):
            message = f"{value!r} is no name of a header: write the names alone, as in X-Shop-Id"
            raise ValueError(message)
    return values


def hides_address(host: str) -> bool:
    """Return whether a host is a number that clients read as an IP address: `0x7f.1`, `017.0.0.1`.

    What compares addresses as text, such as a list of forbidden ones, does not recognize it.
    """
    return bool(_NUMERIC_HOST.fullmatch(host)) and not _IPV4.fullmatch(host)


def _check_http_url(value: str) -> str:
    match = _HTTP_URL.fullmatch(value)
    if match and not hides_address(match[1]):
        return value.rstrip("/")
    message = (
        "write it as in https://api.example.com, without user, query, fragment and numeric host"
    )
    raise ValueError(message)


DatabaseUrl = Annotated[SecretStr, AfterValidator(_check_database_url)]
CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_commas)]
SecretList = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split_secrets)]
"""Secrets separated by commas, any of which is accepted: during a rotation, the new and the old."""
HttpUrl = Annotated[str, AfterValidator(_check_http_url), InProduction(require_https)]


Rate = Annotated[str, Field(pattern=f"^{RATE_PATTERN}$")]
"""A limit such as `600/minute`."""


class ServiceSettings(BaseSettings):
    """Base of every settings class: the sources of values and the requirements of production."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        secrets_dir=SECRETS_FOLDER if SECRETS_FOLDER.is_dir() else None,
    )

    required_in_production: ClassVar[tuple[str, ...]] = ()
    """The settings without which production does not start."""

    replaces: ClassVar[tuple[str, ...]] = ()
    """Variables of other classes that production does not require beside these settings."""

    environment: Environment = Environment.PRODUCTION

    accepted_in_production: CommaSeparated = ()
    """Settings with a value that production refuses and that is meant, such as `ALLOWED_HOSTS`."""

    @property
    def is_production(self) -> bool:
        """`True` if settings have no lenient defaults and no embedded server is started."""
        return self.environment is Environment.PRODUCTION

    def missing_in_production(self) -> list[str]:
        """Return the required variables that are not set; override it for alternatives."""
        return [name.upper() for name in self.required_in_production if not getattr(self, name)]

    def weak_in_production(self) -> dict[str, str]:
        """Return what is wrong with weak values, by variable; override it for combinations."""
        weak: dict[str, str] = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            marks = [*field.metadata, *checks_of(field.annotation)]
            checks = [mark.check for mark in marks if isinstance(mark, InProduction)]
            problems = (check(value) for check in checks if value is not None)
            if problem := find_weak_secret(value) or next(filter(None, problems), None):
                weak[name.upper()] = problem
        return weak


class Settings(ServiceSettings):
    """Settings of the core."""

    required_in_production: ClassVar[tuple[str, ...]] = (
        "database_url",
        "secret_key",
        "allowed_hosts",
    )

    database_url: DatabaseUrl | None = None
    """The `postgres://` or `postgresql://` URL of the service."""

    migration_database_url: DatabaseUrl | None = None
    """The URL for migrations if `database_url` leads through a pooler; not needed with Neon's."""

    database_pooler: Pooler = Pooler.NONE
    """The pooler that `database_url` leads through, if it lacks prepared statements."""

    database_connect_seconds: Annotated[float, Field(gt=0, le=60)] = 10
    """How long to retry while the database is unreachable, as a suspended one is at first."""

    database_pool_size: Annotated[int, Field(ge=1, le=500)] = 5
    """Connections that each process keeps open."""

    database_pool_overflow: Annotated[int, Field(ge=0, le=500)] = 10
    """Additional connections during a burst; they are closed after use."""

    database_pool_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5
    """How long a request waits for a free connection before it fails with 503."""

    database_pool_recycle_seconds: Annotated[int, Field(ge=1, le=86400)] = 1800
    """The age at which a connection is replaced."""

    database_statement_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30
    """The time limit of one statement."""

    database_lock_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 10
    """How long one statement of a transaction waits for a lock."""

    database_idle_timeout_seconds: Annotated[float, Field(gt=0, le=86400)] = 60
    """How long a transaction may be idle before the database ends it."""

    migration_lock_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 5
    """How long a migration waits for a lock, while all requests for the table queue behind it."""

    drop_retired_data: CommaSeparated = ()
    """Disabled modules of which `alembic upgrade heads` may drop tables that have rows."""

    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = None
    """The key that signs values that clients send back unchanged, such as page cursors."""

    allowed_hosts: Annotated[
        CommaSeparated, AfterValidator(_check_hosts), InProduction(refuse_wildcard)
    ] = ()
    """Host names of the service, comma-separated; `*.example.com` for subdomains."""

    cors_origins: Annotated[
        CommaSeparated, AfterValidator(_check_origins), InProduction(refuse_wildcard)
    ] = ()
    """Origins that may call the service from a browser (CORS), comma-separated."""

    cors_headers: Annotated[CommaSeparated, AfterValidator(_check_header_names)] = ()
    """Request headers that browsers may send, besides those of the service, comma-separated."""

    forwarded_allow_ips: Annotated[CommaSeparated, InProduction(refuse_wildcard)] = ()
    """Proxies whose `X-Forwarded-For` is trusted; the server reads this variable itself."""

    api_docs: ApiDocs = ApiDocs.PUBLIC
    """Who may read `/docs` and `/openapi.json`: `public`, `admin` (with a token) or `off`."""

    max_body_bytes: Annotated[int, Field(ge=1)] = 1_048_576
    """The largest accepted request body."""

    client_min_bytes_per_second: Annotated[int, Field(ge=1)] = 1000
    """The minimum rate of clients that send a body or read a response; slower ones are cut off."""

    client_grace_seconds: Annotated[float, Field(gt=0, le=3600)] = 20
    """How long a client may pause, or stay below its minimum rate."""

    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    """The lowest level to log."""

    slow_request_ms: Annotated[float, Field(gt=0)] = 500
    """The duration from which a request is logged as a warning, regardless of the sample rate."""

    request_log_sample: Annotated[float, Field(ge=0, le=1)] = 1.0
    """The share of ordinary requests to log; slow and failed ones are always logged."""

    rate_limit: Rate | Literal["off"] = "600/minute"
    """The limit per client for all routes together that declare none; `off` for no limit."""

    idempotency_hours: Annotated[int, Field(ge=1, le=8760)] = 24
    """How long the response to a request with an Idempotency-Key is kept for retries."""

    ready_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 2
    """The time limit of one readiness check."""

    @property
    def direct_database_url(self) -> SecretStr | None:
        """The URL without a pooler, for migrations, `LISTEN` and other uses of a session."""
        url = self.migration_database_url or self.database_url
        return url and SecretStr(direct_address(url.get_secret_value()))
