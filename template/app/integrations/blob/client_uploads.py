"""The token with which a client uploads a file to Vercel by itself, and the signature of reports.

A client token is `vercel_blob_client_{store}_{b64(hex(hmac_sha256(rw_token, p)) + "." + p)}` with
`p = b64(json)`; a report of a finished upload has `x-vercel-signature: hex(hmac_sha256(rw_token,
body))`. (packages/blob/src/client.ts of vercel/storage, read in 2026-11)
"""

import hmac
from base64 import b64encode
from datetime import datetime

import orjson


def store_id(read_write_token: str) -> str:
    """Return the id of the store that a read-write token belongs to."""
    return read_write_token.split("_")[3]


def make_client_token(
    read_write_token: str,
    *,
    pathname: str,
    size: int,
    content_type: str,
    valid_until: datetime,
    callback_url: str,
) -> str:
    """Return a token that allows a client to upload this one file to Vercel."""
    allowed = {
        "pathname": pathname,
        "maximumSizeInBytes": size,
        "allowedContentTypes": [content_type],
        "validUntil": int(valid_until.timestamp() * 1000),
        "addRandomSuffix": False,
        "allowOverwrite": False,
        "onUploadCompleted": {"callbackUrl": callback_url, "tokenPayload": None},
    }
    payload = b64encode(orjson.dumps(allowed))
    signed = sign(read_write_token, payload).encode() + b"." + payload
    return f"vercel_blob_client_{store_id(read_write_token)}_{b64encode(signed).decode()}"


def sign(read_write_token: str, content: bytes) -> str:
    """Return the signature of some bytes."""
    return hmac.digest(read_write_token.encode(), content, "sha256").hex()


def is_signed(read_write_token: str, content: bytes, signature: str) -> bool:
    """Return whether a signature is valid, in constant time."""
    return hmac.compare_digest(sign(read_write_token, content).encode(), signature.encode())
