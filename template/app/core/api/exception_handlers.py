"""Exception handlers: every exception becomes the error envelope; internals stay in the log."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route, get_route_path

from app.core.context import accept_request_id, current_request
from app.core.db.errors import PoolExhausted, translate_database_error
from app.core.errors import AppError, ErrorDetail, TimedOut

# Codes and messages of statuses that the framework raises.
_CODES = {413: "body_too_large", 415: "unsupported_media_type", 422: "validation_failed"}
_MESSAGES = {
    404: "This path does not exist.",
    405: "This path does not support the method; the Allow header lists the supported ones.",
}
_WITHOUT_BODY = frozenset({204, 205, 304})
MAX_DETAILS = 100
"""The maximum number of details: a body of a megabyte can have a hundred thousand errors."""

log = structlog.get_logger()
ExceptionHandler = Callable[[Request, Any], Coroutine[Any, Any, Response]]
ExceptionHandlers = dict[int | type[Exception], ExceptionHandler]


def error_response(error: AppError) -> Response:
    """Return the response to an expected failure."""
    return _envelope(
        error.status, error.code, error.message, details=error.details, headers=error.headers
    )


def internal_error_response() -> Response:
    """Return the response to an unexpected failure."""
    return error_response(AppError())


def _envelope(
    status: int,
    code: str,
    message: str,
    *,
    details: Sequence[ErrorDetail] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    request = current_request()
    error = {
        "code": code,
        "message": message,
        "details": details,
        "request_id": request.request_id if request else accept_request_id(None),
    }
    return Response(
        orjson.dumps({"error": error}),
        status_code=status,
        headers=headers,
        media_type="application/json",
    )


async def handle_app_error(_request: Request, error: AppError) -> Response:
    """Send an expected failure."""
    return error_response(error)


async def handle_http_exception(request: Request, error: HTTPException) -> Response:
    """Send an error of the framework, such as 404 for an unknown path."""
    status, headers = error.status_code, dict(error.headers or {})
    if status in _WITHOUT_BODY:
        return Response(status_code=status, headers=headers)
    if isinstance(error.__cause__, UnicodeDecodeError | RecursionError):  # of the JSON parser
        return _malformed_json()
    if status == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods_at(request)):
        headers["Allow"] = ", ".join(sorted(methods))
    name, phrase = _name_status(status)
    has_message = isinstance(error.detail, str) and error.detail != phrase
    message = error.detail if has_message else _MESSAGES.get(status, f"{phrase}.")
    return _envelope(status, _CODES.get(status, name), message, headers=headers)


def _name_status(status: int) -> tuple[str, str]:
    try:
        known = HTTPStatus(status)
    except ValueError:
        return f"status_{status}", f"Status {status}"
    return known.name.lower(), known.phrase


def _malformed_json() -> Response:
    return _envelope(400, "malformed_json", "The body is not valid JSON.")


def _methods_at(request: Request) -> set[str]:
    """Return every method of a path; the framework lists those of its first route only."""
    methods: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        if isinstance(context.original_route, Route | APIRoute):
            matched = context.path_regex.match(get_route_path(request.scope))
            methods |= (context.methods or set()) if matched else set()
    return methods | ({"HEAD"} if "GET" in methods else set())


async def handle_invalid_request(request: Request, error: RequestValidationError) -> Response:
    """Send the invalid fields of a request with 422; 400 or 415 if its body is not JSON."""
    problems: Sequence[dict[str, Any]] = error.errors()
    if problems and problems[0]["type"] == "json_invalid":
        return _malformed_json()
    if _needs_json(problems) and not _is_json(request.headers.get("content-type", "")):
        return _envelope(
            415, _CODES[415], "Send the body as JSON, with Content-Type: application/json."
        )
    details = [_describe(problem) for problem in problems[:MAX_DETAILS]]
    return _envelope(422, _CODES[422], "The request is not valid; see details.", details=details)


def _needs_json(problems: Sequence[dict[str, Any]]) -> bool:
    return any(problem["loc"] == ("body",) for problem in problems)


def _is_json(content_type: str) -> bool:
    media_type = content_type.split(";", 1)[0].strip().lower()
    return media_type == "" or media_type.rsplit("/", 1)[-1].rsplit("+", 1)[-1] == "json"


def _describe(problem: dict[str, Any]) -> ErrorDetail:
    return ErrorDetail(
        field=".".join(str(part) for part in problem["loc"]),
        code=problem["type"],
        message=problem["msg"].removeprefix("Value error, "),
    )


async def handle_invalid_response(_request: Request, error: ResponseValidationError) -> Response:
    """Send 500 for a response that does not match its model."""
    # The exception's text contains the values, which may be secret; they are not logged.
    problems = [_describe_without_values(problem) for problem in error.errors()[:MAX_DETAILS]]
    log.error("response_validation_failed", problems=problems)
    return internal_error_response()


def _describe_without_values(problem: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "get_attribute_error":
        return f"{place}: {problem['type']}"
    cause = str(problem["ctx"]["error"]).partition(":")[0]  # the exception's name, not its text
    return f"{place}: cannot be read ({cause})"


async def handle_database_error(_request: Request, error: DBAPIError) -> Response:
    """Send a violated constraint or an unavailable database; re-raise any other error."""
    expected = translate_database_error(error)
    if expected is None:
        raise error
    log.warning("database_error", code=expected.code, error=type(error.orig).__name__)
    return error_response(expected)


async def handle_timeout(_request: Request, error: Exception) -> Response:
    """Send 503 for a time limit that was exceeded."""
    log.warning("timed_out", error=type(error).__name__)
    return error_response(TimedOut())


async def handle_pool_timeout(_request: Request, _error: PoolTimeoutError) -> Response:
    """Send 503 when the pool has no free connection."""
    log.warning("pool_exhausted")
    return error_response(PoolExhausted())


EXCEPTION_HANDLERS: ExceptionHandlers = {
    AppError: handle_app_error,
    HTTPException: handle_http_exception,
    RequestValidationError: handle_invalid_request,
    ResponseValidationError: handle_invalid_response,
    DBAPIError: handle_database_error,
    PoolTimeoutError: handle_pool_timeout,
    TimeoutError: handle_timeout,
}
"""The handler of each type of exception that an application expects."""
