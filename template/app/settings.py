"""The settings of the service itself; a module's own settings live in the module's folder.

Every value comes from an environment variable of the same name in capitals, from `.env`, or from a
file of that name in `/run/secrets`; the environment wins. Production has no default for a secret.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.database_url import direct_address, parse_database_url

RATE_PATTERN = r"([1-9][0-9]{0,8})/(second|minute|hour|day)"
SECRETS_FOLDER = Path("/run/secrets")


class Environment(StrEnum):
    """Where the service runs. Nothing but `development` and `test` is lenient."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Pooler(StrEnum):
    """What stands between the service and the database."""

    NONE = "none"
    """Nothing, or what keeps prepared statements: PgBouncer from 1.21 on, as Neon's."""

    TRANSACTION = "transaction"
    """PgBouncer in transaction mode before 1.21, or with `max_prepared_statements=0`."""


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _check_address(value: SecretStr) -> SecretStr:
    parse_database_url(value.get_secret_value())
    return value


DatabaseUrl = Annotated[SecretStr, AfterValidator(_check_address)]
CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_commas)]


class ServiceSettings(BaseSettings):
    """Base of every settings class: where values come from, and what production insists on."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        secrets_dir=SECRETS_FOLDER if SECRETS_FOLDER.is_dir() else None,
    )

    required_in_production: ClassVar[tuple[str, ...]] = ()

    replaces: ClassVar[tuple[str, ...]] = ()
    """What production can do without where these settings are: names, as they are reported."""

    environment: Environment = Environment.PRODUCTION

    @property
    def is_production(self) -> bool:
        """Whether nothing may be made up: no default secret, no embedded server."""
        return self.environment is Environment.PRODUCTION

    def missing_in_production(self) -> list[str]:
        """Return what production cannot do without and is not set; override it for a choice."""
        return [name.upper() for name in self.required_in_production if not getattr(self, name)]


class Settings(ServiceSettings):
    """The settings of the core."""

    required_in_production: ClassVar[tuple[str, ...]] = (
        "database_url",
        "secret_key",
        "allowed_hosts",
    )

    database_url: DatabaseUrl | None = None
    """Any `postgres://` or `postgresql://` address; the one that the service itself uses."""

    migration_database_url: DatabaseUrl | None = None
    """For migrations, where the service goes through a pooler; not needed for that of Neon."""

    database_pooler: Pooler = Pooler.NONE
    """Whether `database_url` leads through a pooler that loses prepared statements."""

    database_connect_seconds: Annotated[float, Field(gt=0, le=60)] = 10
    """How long a database that does not answer is waited for: it may be waking up."""

    database_pool_size: Annotated[int, Field(ge=1, le=500)] = 5
    """Connections that stay open in each process."""

    database_pool_overflow: Annotated[int, Field(ge=0, le=500)] = 10
    """Connections that a burst may open on top; they close again."""

    database_pool_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5
    """How long a request waits for a free connection before it is answered with 503."""

    database_pool_recycle_seconds: Annotated[int, Field(ge=1, le=86400)] = 1800
    """How old a connection may be that is used again."""

    database_statement_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30
    """How long one statement may take."""

    database_lock_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 10
    """How long one statement of a transaction waits for a lock."""

    database_idle_timeout_seconds: Annotated[float, Field(gt=0, le=86400)] = 60
    """How long a transaction may do nothing before the database ends it."""

    migration_lock_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 5
    """How long a migration waits for a lock; longer would queue every request behind it."""

    drop_retired_data: CommaSeparated = ()
    """Modules, switched off, whose rows `alembic upgrade heads` may drop with their tables."""

    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = None
    """Signs what leaves the service and must come back unchanged, such as page cursors."""

    allowed_hosts: CommaSeparated = ()
    """Host names that the service answers to, comma-separated; `*.example.com` for subdomains."""

    cors_origins: CommaSeparated = ()
    """Browser origins that may call the service, comma-separated."""

    max_body_bytes: Annotated[int, Field(ge=1)] = 1_048_576
    """The largest request body that is read."""

    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    """The lowest level that is written."""

    slow_request_ms: Annotated[float, Field(gt=0)] = 500
    """A request that takes longer is logged as a warning, whatever the sample rate."""

    request_log_sample: Annotated[float, Field(ge=0, le=1)] = 1.0
    """The share of ordinary requests that is logged; slow and failed ones always are."""

    rate_limit: Annotated[str, Field(pattern=f"^{RATE_PATTERN}$")] | None = None
    """How often one caller may use a route that declares no limit, such as `600/minute`."""

    idempotency_hours: Annotated[int, Field(ge=1, le=8760)] = 24
    """How long the answer to a request with an Idempotency-Key is kept for its retries."""

    ready_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 2
    """How long one readiness check may take."""

    @property
    def direct_database_url(self) -> SecretStr | None:
        """Where no pooler stands between: for migrations, `LISTEN` and whatever needs a session."""
        address = self.migration_database_url or self.database_url
        return address and SecretStr(direct_address(address.get_secret_value()))
