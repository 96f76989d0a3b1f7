"""Logging in somewhere else."""

import structlog
from pydantic import SecretStr

log = structlog.get_logger()


def log_in(password: str, token: SecretStr) -> dict[str, str]:
    """Log in; values with a secret name, and a SecretStr, are redacted automatically."""
    log.info("logging_in", password=password, given=token, length=len(password))
    log.debug("headers", given={"authorization": password, "length": len(password)})
    log.info("logged_in", has_password=password != "", token_count=1)
    if not password:
        message = "a password is needed"
        raise ValueError(message)
    return {"Authorization": f"Bearer {token.get_secret_value()}"}
