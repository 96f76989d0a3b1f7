"""Security headers, as strict as an API allows."""

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
    """Return the headers to add to a response, unless the endpoint set them.

    Args:
        scheme: `https` if the client used it, directly or through a trusted proxy.
    """
    headers = _ALWAYS | (_OVER_HTTPS if scheme == "https" else {})
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
