"""Errors and headers that a route declares for its OpenAPI document.

    @router.get("/{note_id}", responses=errors(NoteNotFound))
    @router.post("", status_code=201, responses=with_location(NoteExists))

Errors that all routes share are added automatically.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from app.core.api.envelope import ErrorEnvelope
from app.core.api.routing import api_routes, guards_of
from app.core.errors import AppError, Unavailable

_SCHEMAS = "#/components/schemas/"
_ENVELOPE_REFERENCE = {"$ref": f"{_SCHEMAS}{ErrorEnvelope.__name__}"}
_EXAMPLE_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
_ANY_OPERATION = {
    "500": ("internal_error", AppError.message),
    "503": (Unavailable.code, Unavailable.message),
}
_WITH_SECURITY = {
    "401": ("not_authenticated", "Log in, and send the token as Authorization: Bearer.")
}
_WITH_INPUT = {"422": ("validation_failed", "The request is not valid; see details.")}
_WITH_BODY = {
    "400": ("malformed_json", "The body is not valid JSON."),
    "408": (
        "request_timeout",
        "The request did not arrive in time. Send it again.",
    ),
    "413": ("body_too_large", "The body is too large; the limit is 1048576 bytes."),
    "415": (
        "unsupported_media_type",
        "Send the body as JSON, with Content-Type: application/json.",
    ),
}


def errors(*kinds: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """Declare the errors that a route raises: `@router.get(…, responses=errors(SymbolNotFound))`.

    Errors common to all routes are added automatically: 500 and 503; 400, 408, 413, 415 and 422
    where there is a body or a parameter; 401 where a user has to be logged in; those of guards.

    Args:
        kinds: The exceptions; several may share a status.
    """
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        empty = {"description": "", "content": _json_content({})}
        response = responses.setdefault(kind.status, empty)
        summary = (kind.__doc__ or kind.code).splitlines()[0]
        response["description"] = f"{response['description']} {summary}".strip()
        examples = response["content"]["application/json"]["examples"]
        examples[kind.code] = {"value": _example(kind.code, kind.message)}
    return responses


def with_location(*kinds: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """Declare a 201 response with a `Location` header, and the errors that a route raises.

    Args:
        kinds: As for `errors`.
    """
    location = {"description": "The path of the created resource.", "schema": {"type": "string"}}
    return {201: {"headers": {"Location": location}}} | errors(*kinds)


def complete_document(document: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    """Add every error response that the routes share, with the error envelope as its schema.

    Args:
        document: The OpenAPI document as FastAPI generated it; changed in place.
        app: The app, whose routes name their guards.
    """
    guards = {route.name: guards_of(route) for route in api_routes(app)}
    for operation in _operations(document):
        _add_common_errors(operation)
        for guard in guards[operation["operationId"]]:
            _require_headers(operation, guard.required_headers)
            for kind in guard.errors:
                _add_error(operation["responses"], str(kind.status), kind.code, kind.message)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["schemas"] = dict(sorted((schemas | _envelope_schemas()).items()))
    return document


def _envelope_schemas() -> dict[str, Any]:
    """Return the schema of the error envelope and those of its parts."""
    _, definitions = models_json_schema(
        [(ErrorEnvelope, "serialization")], ref_template=_SCHEMAS + "{model}"
    )
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document.get("paths", {}).values():
        yield from (part for part in path.values() if isinstance(part, dict))


def _add_common_errors(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    common = dict(_ANY_OPERATION)
    if "422" in responses:  # FastAPI documents a schema of its own
        common |= _WITH_INPUT
    if "security" in operation:
        common |= _WITH_SECURITY
    if "requestBody" in operation:
        common |= _WITH_BODY
    for status, (code, message) in common.items():
        _add_error(responses, status, code, message)


def _require_headers(operation: dict[str, Any], names: tuple[str, ...]) -> None:
    """Mark headers as required that a guard reads as optional, for an error of its own."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header" and parameter["name"] in names:
            kinds: list[dict[str, Any]] = parameter["schema"].pop("anyOf", [])
            parameter["schema"] |= next((kind for kind in kinds if kind["type"] != "null"), {})
            parameter["required"] = True


def _add_error(responses: dict[str, Any], status: str, code: str, message: str) -> None:
    entry = responses.get(status, {})
    content = entry.get("content", {}).get("application/json", {})
    if content.get("schema") != _ENVELOPE_REFERENCE:
        entry = {"description": message, "content": _json_content({})}
    example = {code: {"value": _example(code, message)}}
    examples = entry["content"]["application/json"].setdefault("examples", {})
    entry["content"]["application/json"]["examples"] = example | examples
    responses[status] = entry


def _json_content(examples: dict[str, Any]) -> dict[str, Any]:
    # Not as `model=ErrorEnvelope`: FastAPI would build a validator for every error of every route.
    return {"application/json": {"schema": _ENVELOPE_REFERENCE, "examples": examples}}


def _example(code: str, message: str) -> dict[str, Any]:
    return {
        "error": {"code": code, "message": message, "details": [], "request_id": _EXAMPLE_ID},
    }
