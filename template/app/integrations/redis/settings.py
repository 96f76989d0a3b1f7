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
    """The address of Redis, and the limits of its use."""

    required_in_production: ClassVar[tuple[str, ...]] = ("redis_url",)

    redis_url: Annotated[SecretStr, AfterValidator(_check_address)] | None = None
    """`redis://`, `rediss://` (TLS) or `unix://`. Optional outside production."""

    redis_connections: Annotated[int, Field(ge=1, le=1000)] = 20
    """The most connections of one process."""

    redis_timeout_seconds: Annotated[float, Field(gt=0, le=5)] = 0.1
    """The time limit of one command; after it, the service goes on without Redis for a second."""
