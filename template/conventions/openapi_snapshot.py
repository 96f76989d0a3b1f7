"""Breaking changes between the committed openapi.json and the present API.

Clients were written against the committed document. A change breaks them if a request that was
valid is rejected, or if a response lacks a field or has a value of another type.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SNAPSHOT = "openapi.json"
_MAX_DEPTH = 12  # ends recursive schemas

Schema = dict[str, Any]
PlacesAndTypes = set[tuple[str, str]]


def read_snapshot(root: Path) -> Schema | None:
    """Return the committed document; `None` if the file is not an OpenAPI document."""
    try:
        document: Schema = json.loads((root / SNAPSHOT).read_text("utf-8"))
        for methods in document["paths"].values():
            methods.items()
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return document


def request_breaks(committed: Schema, old: Schema, current: Schema, new: Schema) -> Iterator[str]:
    """Yield the parameters and fields of requests that are rejected or required now."""
    before, after = _request_types(committed, old), _request_types(current, new)
    places = {place for place, _ in after[0]}
    for place, kind in before[0] - after[0]:
        yield f"{place} no longer accepts {kind}" if place in places else f"{place} was removed"
    yield from (f"{place} is required now" for place in after[1] - before[1])


def response_breaks(committed: Schema, old: Schema, current: Schema, new: Schema) -> Iterator[str]:
    """Yield the fields of responses that are missing, optional, or of another type now."""
    before, after = _response_types(committed, old), _response_types(current, new)
    known, present = {place for place, _ in before[0]}, {place for place, _ in after[0]}
    yield from (f"{place} was removed from the response" for place in known - present)
    for place, kind in after[0] - before[0]:
        if place in known:
            yield f"{place} of the response can be {kind} now"
    yield from (
        f"{place} of the response can be missing now" for place in (before[1] - after[1]) & present
    )


def _request_types(document: Schema, operation: Schema) -> tuple[PlacesAndTypes, set[str]]:
    types: PlacesAndTypes = set()
    required: set[str] = set()
    for parameter in operation.get("parameters", ()):
        if parameter["in"] != "path":
            types |= {*_types_by_place(document, parameter.get("schema", {}), parameter["name"])}
            required |= {parameter["name"]} if parameter.get("required") else set()
    body = operation.get("requestBody", {})
    required |= {"a body"} if body.get("required") else set()
    for content in body.get("content", {}).values():
        types |= {*_types_by_place(document, content.get("schema", {}), "body")}
        required |= {*_required_places(document, content.get("schema", {}), "body")}
    return types | {(place, "integer") for place, kind in types if kind == "number"}, required


def _response_types(document: Schema, operation: Schema) -> tuple[PlacesAndTypes, set[str]]:
    types: PlacesAndTypes = set()
    required: set[str] = set()
    for status, response in operation.get("responses", {}).items():
        if status.startswith("2"):
            types.add((status, "a response"))
            for content in response.get("content", {}).values():
                types |= {*_types_by_place(document, content.get("schema", {}), status)}
                required |= {*_required_places(document, content.get("schema", {}), status)}
    return types, required


def _types_by_place(
    document: Schema, schema: Schema, place: str, depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Yield each place with a type, or with a value of an enum, that it can have."""
    for option in _alternatives(document, schema, depth):
        values = option.get("enum", [option["const"]] if "const" in option else None)
        yield from ((place, repr(value)) for value in values or ())
        if values is None:
            yield place, str(option.get("type", "anything"))
        yield from _types_by_place(document, option.get("items", {}), f"{place}[]", depth + 1)
        for name, part in option.get("properties", {}).items():
            yield from _types_by_place(document, part, f"{place}.{name}", depth + 1)


def _required_places(document: Schema, schema: Schema, place: str, depth: int = 0) -> Iterator[str]:
    """Yield the places that are always present."""
    for option in _alternatives(document, schema, depth):
        yield from (f"{place}.{name}" for name in option.get("required", ()))
        yield from _required_places(document, option.get("items", {}), f"{place}[]", depth + 1)
        for name, part in option.get("properties", {}).items():
            yield from _required_places(document, part, f"{place}.{name}", depth + 1)


def _alternatives(document: Schema, schema: Schema, depth: int) -> Iterator[Schema]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document.get("components", {}).get("schemas", {}).get(name, {})
    if depth > _MAX_DEPTH or not schema:
        return
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices is None:
        yield schema
    for choice in choices or ():
        yield from _alternatives(document, choice, depth + 1)


def line_of(path: str, root: Path) -> int:
    """Return the line on which the committed document describes a path."""
    lines = (root / SNAPSHOT).read_text("utf-8").splitlines()
    named = json.dumps(path)
    return next((number for number, text in enumerate(lines, 1) if named in text), 1)
