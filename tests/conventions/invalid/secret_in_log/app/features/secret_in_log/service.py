"""Logging in somewhere else."""

import structlog
from pydantic import SecretStr

log = structlog.get_logger()


def log_in(password: str, key: SecretStr) -> None:
    """Log in."""
    log.info("logging_in", given=password)  # violates: secret-in-log
    log.debug(f"with {key.get_secret_value()}")  # violates: secret-in-log
    raise ValueError(f"{password} is wrong")  # violates: secret-in-log


def check(token: str) -> None:
    """Check a token."""
    message = f"{token} is unknown"
    raise ValueError(message)  # violates: secret-in-log
