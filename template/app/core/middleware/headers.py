"""Reading one request header without decoding all of them."""

from starlette.types import Scope


def read_header(scope: Scope, name: bytes) -> str | None:
    """Return the first header of this name, or `None`.

    Args:
        scope: The request's ASGI scope, whose header names are in lower case.
        name: In lower case.
    """
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None
