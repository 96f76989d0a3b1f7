"""The Valkey of development: the configured Redis, or a server of our own."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from app.settings import ServiceSettings
from devtools.valkey.binaries import ValkeyUnavailable
from devtools.valkey.lease import lease_valkey

DIRECTORY = Path(__file__).parents[2] / ".data" / "valkey"
GRACE_SECONDS = 5.0


class Surroundings(ServiceSettings):
    """What is configured already; read as the service reads it."""

    redis_url: SecretStr | None = None


def provide_valkey(tell: Callable[[str], None]) -> None:
    """Set REDIS_URL to a server of our own, unless one is configured or this is production.

    Args:
        tell: Writes a line for the developer.

    Raises:
        SystemExit: There is no server to be had.
    """
    surroundings = Surroundings()
    if surroundings.redis_url or surroundings.is_production:
        return
    try:
        url = lease_valkey(DIRECTORY, grace_seconds=GRACE_SECONDS, inheritable=True)
    except ValkeyUnavailable as error:
        sys.exit(f"REDIS_URL is not set, and {error}")
    tell(f"REDIS_URL is not set: using Valkey at {url}")
    os.environ["REDIS_URL"] = url
