"""The settings of Redis."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from app.settings import ServiceSettings


def _check_address(value: SecretStr) -> SecretStr:
    if value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        return value
    message = "write it like redis://:password@host:6379/0, or rediss:// for TLS"
    raise ValueError(message)


class RedisSettings(ServiceSettings):
    """Where Redis is, and how long a request waits for it."""

    required_in_production: ClassVar[tuple[str, ...]] = ("redis_url",)

    redis_url: Annotated[SecretStr, AfterValidator(_check_address)] | None = None
    """`redis://`, `rediss://` (TLS) or `unix://`. Outside production the service runs without."""

    redis_connections: Annotated[int, Field(ge=1, le=1000)] = 20
    """Connections that each process opens at most."""

    redis_timeout_seconds: Annotated[float, Field(gt=0, le=5)] = 0.1
    """How long one command may take; then the service goes on without Redis for a second."""
