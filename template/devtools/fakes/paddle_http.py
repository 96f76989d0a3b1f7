"""How Paddle's API reads a request and answers it, a refusal included."""

import json
import time
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from uuid_utils import uuid7

from devtools.fakes.paddle_account import Entity


class Refused(Exception):
    """Answered as Paddle answers what it does not do."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


async def read_body(request: Request, *, needed: Iterable[str] = ()) -> Entity:
    """Return the JSON object of a request.

    Args:
        request: The request.
        needed: What has to be in it.

    Raises:
        Refused: It is none, or something is missing.
    """
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise Refused(400, "invalid_json", "the body is not JSON") from None
    if not isinstance(body, dict) or any(not body.get(name) for name in needed):
        raise Refused(400, "bad_request", f"needed: {', '.join(needed)}")
    return body


def write_answer(data: object, *, status: int = 200, pagination: Entity | None = None) -> Response:
    """Return an answer in Paddle's envelope."""
    meta: Entity = {"request_id": str(uuid7())}
    if pagination is not None:
        meta["pagination"] = pagination
    return JSONResponse({"data": data, "meta": meta}, status_code=status)


def write_refusal(error: Refused) -> Response:
    """Return a refusal in Paddle's envelope."""
    told = {
        "type": "request_error",
        "code": error.code,
        "detail": str(error),
        "documentation_url": f"https://developer.paddle.com/errors/shared/{error.code}",
    }
    content = {"error": told, "meta": {"request_id": str(uuid7())}}
    wait = {"Retry-After": str(60 - int(time.time()) % 60)} if error.status == 429 else {}  # noqa: PLR2004
    return JSONResponse(content, status_code=error.status, headers=wait)
