"""Headers that tell browsers what an API needs of them: nothing."""

_ALWAYS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_OVER_HTTPS = {"strict-transport-security": "max-age=63072000; includeSubDomains"}


def security_headers(*, scheme: str) -> list[tuple[bytes, bytes]]:
    """Return the headers to add to an answer unless the endpoint has set them itself.

    Args:
        scheme: `https` if the client came by it, directly or through a trusted proxy.
    """
    headers = _ALWAYS | (_OVER_HTTPS if scheme == "https" else {})
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
