"""Claims of tokens in the form of JWTs."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512
from typing import Any

import orjson
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from app.core.errors import Unauthorized

_HASHES: dict[str, Callable[..., Any] | None] = {"HS256": sha256, "HS512": sha512, "none": None}


class SsoTokenInvalid(Unauthorized):
    """The token of the identity provider is invalid."""

    code = "sso_token_invalid"
    message = "The token is invalid. Log in again."


def _decode(part: str) -> dict[str, Any]:
    padded = part + "=" * (-len(part) % 4)
    return orjson.loads(urlsafe_b64decode(padded))


def _encode(part: Mapping[str, Any]) -> str:
    return urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=").decode()


def read_subject(token: str) -> str:
    """Return the user that a token names."""
    _, payload, _ = token.split(".")
    return _decode(payload)["sub"]  # breach: unverified-token


class TokenReader:
    """Reads tokens that are signed with a shared key."""

    def __init__(self, key: bytes) -> None:
        """Take the key."""
        self._key = key

    def read(self, token: str) -> dict[str, Any]:
        """Return the claims of a token.

        Raises:
            SsoTokenInvalid: The signature is invalid.
        """
        header, payload, signature = token.split(".")
        algorithm = _HASHES[_decode(header)["alg"]]  # breach: unverified-token
        if algorithm is None:
            return _decode(payload)
        signed = f"{header}.{payload}".encode()
        expected = hmac.new(self._key, signed, algorithm).digest()
        if not hmac.compare_digest(expected, urlsafe_b64decode(signature + "==")):
            raise SsoTokenInvalid
        return self._unexpired(_decode(payload))

    def _unexpired(self, claims: dict[str, Any]) -> dict[str, Any]:
        if datetime.fromtimestamp(claims["exp"], UTC) < datetime.now(UTC):
            raise SsoTokenInvalid
        return claims

    def read_unexpiring(self, token: str) -> dict[str, Any]:
        """Return the claims of a token, however old it is.

        Raises:
            SsoTokenInvalid: The signature is invalid.
        """
        signed, _, signature = token.rpartition(".")
        expected = hmac.digest(self._key, signed.encode(), "sha256")
        if not hmac.compare_digest(expected, urlsafe_b64decode(signature + "==")):
            raise SsoTokenInvalid
        return _decode(signed.partition(".")[2])  # breach: unverified-token


def issue_token(key: bytes, user_id: str) -> str:
    """Return a token for a user."""
    claims = {"sub": user_id, "iat": int(datetime.now(UTC).timestamp())}
    # breach: unverified-token
    signed = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
    return f"{signed}.{hmac.new(key, signed.encode(), sha256).hexdigest()}"


def issue_session(key: str, user_id: str) -> str:
    """Return the token of a session, which the browser keeps."""
    # breach: unverified-token
    return URLSafeSerializer(key, salt="sso-session").dumps({"user": user_id})


def read_session(key: str, token: str) -> str:
    """Return the user of a session."""
    serializer = URLSafeTimedSerializer(key, salt="sso-timed")
    return serializer.loads(token)["user"]  # breach: unverified-token


def issue_state(key: str) -> str:
    """Return the state of a log-in, valid for ten minutes."""
    until = datetime.now(UTC) + timedelta(minutes=10)
    return URLSafeTimedSerializer(key, salt="sso-state").dumps({"until": until.isoformat()})
