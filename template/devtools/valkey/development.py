"""The Redis of development: the configured one, or an embedded Valkey."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from app.settings import ServiceSettings
from devtools.valkey import ValkeyUnavailable, lease_valkey

DIRECTORY = Path(__file__).parents[2] / ".data" / "valkey"
GRACE_SECONDS = 5.0


class DevSettings(ServiceSettings):
    """The settings that are configured, read as the service reads them."""

    redis_url: SecretStr | None = None


def provide_valkey(tell: Callable[[str], None]) -> None:
    """Set REDIS_URL to an embedded server, unless one is configured or this is production.

    Args:
        tell: Prints a line for the developer.

    Raises:
        SystemExit: No server is available.
    """
    settings = DevSettings()
    if settings.redis_url or settings.is_production:
        return
    try:
        url = lease_valkey(DIRECTORY, grace_seconds=GRACE_SECONDS, inheritable=True)
    except ValkeyUnavailable as error:
        sys.exit(f"REDIS_URL is not set, and {error}")
    tell(f"REDIS_URL is not set: using Valkey at {url}")
    os.environ["REDIS_URL"] = url
