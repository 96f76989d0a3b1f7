"""Responses of other services, with a body that is streamed as it is over the network."""

import httpx2
import orjson


def upstream_response(status: int = 200, body: object = b"") -> httpx2.Response:
    """Return a response with bytes, or with anything else as JSON."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return httpx2.Response(status, stream=httpx2.ByteStream(content))
