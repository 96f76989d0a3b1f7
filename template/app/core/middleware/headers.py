"""Reading one request header without decoding all of them."""

from starlette.types import Scope


def read_header(scope: Scope, name: bytes) -> str | None:
    """Return the first header of this name, or `None`.

    Args:
        scope: The request's ASGI scope, whose header names are in lower case.
        name: In lower case.
    """
    value: bytes | None = dict(reversed(scope["headers"])).get(name)
    return None if value is None else value.decode("latin-1")
