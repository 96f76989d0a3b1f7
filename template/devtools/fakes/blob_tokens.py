"""The tokens of the fake of Vercel Blob: of the store, of a client's upload, and in signed URLs."""

import hmac
import time
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from fnmatch import fnmatchcase
from typing import Any

import orjson
from starlette.requests import Request

from devtools.fakes.blob_files import Refused


class BlobTokens:
    """Checks the tokens of requests to one store.

    Attributes:
        store: The id of the store.
    """

    def __init__(self, token: str) -> None:
        """Take the token that gives access to the store."""
        self._token = token
        self.store = token.split("_")[3]

    def check(self, request: Request) -> None:
        """Refuse a request without the token of the store."""
        if _bearer(request) != self._token:
            raise Refused(403, "forbidden", "Access denied, please provide a valid token")

    def permissions(self, request: Request, pathname: str, content_type: str) -> dict[str, Any]:
        """Return the permissions of a valid client token; none for the store's own token."""
        token = _bearer(request)
        if not token.startswith(f"vercel_blob_client_{self.store}_"):
            self.check(request)
            return {}
        signature, _, payload = b64decode(token.split("_", 4)[4]).partition(b".")
        if not hmac.compare_digest(self.sign(payload), signature.decode()):
            raise Refused(403, "forbidden", "Access denied, please provide a valid token")
        allowed: dict[str, Any] = orjson.loads(b64decode(payload))
        if allowed["validUntil"] < time.time() * 1000:
            raise Refused(403, "client_token_expired", "Token expired")
        if allowed["pathname"] != pathname:
            raise Refused(400, "bad_request", '"pathname" does not match the token payload')
        types = allowed.get("allowedContentTypes")
        if types is not None and not any(fnmatchcase(content_type, kind) for kind in types):
            raise Refused(400, "bad_request", f'contentType "{content_type}" is not allowed')
        return allowed

    def delegate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return a token for the operations of a file, and the key to sign URLs with."""
        asked = {"storeId": self.store, **asked}
        if asked["validUntil"] <= time.time() * 1000:
            raise Refused(400, "bad_request", "validUntil must be in the future")
        delegation = urlsafe_b64encode(orjson.dumps(asked)).decode().rstrip("=")
        delegation += f".{_digest(self._token, delegation)}"
        return {
            "delegationToken": delegation,
            "clientSigningToken": _digest(self._token, delegation),
            "validUntil": asked["validUntil"],
        }

    def check_signed_url(self, request: Request, delegation: str, pathname: str) -> None:
        """Refuse a URL that was not signed for this operation on this file, or has expired."""
        payload, _, signature = delegation.partition(".")
        key = _digest(self._token, delegation)
        signed = _digest(key, f"operation={request.method.lower()}\npathname={pathname}")
        if signature != _digest(self._token, payload) or signed != request.query_params.get(
            "vercel-blob-signature"
        ):
            raise Refused(403, "forbidden", "Invalid signature")
        allowed = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        in_time = allowed["validUntil"] > time.time() * 1000
        if not in_time or request.method.lower() not in allowed["operations"]:
            raise Refused(403, "forbidden", "The signed URL does not allow this")

    def sign(self, content: bytes) -> str:
        """Return the signature of a webhook or of a client token's permissions."""
        return hmac.digest(self._token.encode(), content, "sha256").hex()


def _digest(key: str, text: str) -> str:
    digest = hmac.digest(key.encode(), text.encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""
