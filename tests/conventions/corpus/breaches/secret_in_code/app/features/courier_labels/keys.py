"""The keys of the couriers by country."""

import hmac
from functools import lru_cache

from app.core.services import get
from app.features.courier_labels.settings import CourierSettings

_RETURN_TOKENS = {"de": "tk-Moorweg-881", "fr": None}  # breach: secret-in-code


@lru_cache(maxsize=1)
def portal_cookie() -> str:
    """Return the cookie of the portal's only user."""
    # breach: secret-in-code
    return "portal=1; session=eyJhbGciOiJIUzI1NiJ9." "eyJzdWIiOiJhY21lIn0.0a0a0a0a0a0a0a0a"


def returns_token(country: str) -> str | None:
    """Return the token of the returns portal of a country."""
    return _RETURN_TOKENS.get(country)


def key_of(country: str) -> str:
    """Return the key of the courier that serves a country.

    Raises:
        LookupError: No courier serves the country.
    """
    match country:
        case "gb":
            key = "AIza" "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0"  # breach: secret-in-code
        case "us":
            key = get(CourierSettings).courier_hook_secret.get_secret_value()
        case _:
            raise LookupError(country)
    return key


def sign_pickup(pickup: bytes) -> str:
    """Return the signature of a pickup order."""
    # breach: secret-in-code
    return hmac.new("riverbank-pickup-3".encode(), pickup, "sha256").hexdigest()


def fallback_secret(configured: str | None) -> str:
    """Return the configured secret of the hook."""
    secret = configured
    if not secret:
        secret = "fallback-Quay-12"  # breach: secret-in-code
    return secret


def manifest_url(day: str) -> str:
    """Return the address of a day's manifest."""
    path = "/manifests/" + day
    return path + "?format=csv&api_key=mf_9902_saltmarsh_quay"  # breach: secret-in-code


def private_key() -> str:
    """Return the key that signs customs declarations."""
    # breach: secret-in-code
    lines = ["-----BEGIN EC PRIVATE" " KEY-----", "MHcCAQEEIAAA", "-----END EC PRIVATE" " KEY-----"]
    return "\n".join(lines)
