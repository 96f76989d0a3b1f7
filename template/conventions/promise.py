"""What the API promised, in the document committed as openapi.json, beside what it does today.

A client sends what the document takes and reads what it answers. So of what is sent, nothing may be
refused that was taken; of what is answered, nothing may be missing or of another kind.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROMISE = "openapi.json"
_DEEPEST = 12  # A schema that holds itself ends here.

Schema = dict[str, Any]
Fact = tuple[str, str]
Facts = set[Fact]


def read_promise(root: Path) -> Schema | None:
    """Return the committed document; `None` if it is none."""
    try:
        document: Schema = json.loads((root / PROMISE).read_text("utf-8"))
        for methods in document["paths"].values():
            methods.items()
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return document


def refused_of(promised: Schema, old: Schema, today: Schema, new: Schema) -> Iterator[str]:
    """Yield what a client sends that is taken no longer, or not without something else."""
    before, after = _taken(promised, old), _taken(today, new)
    places = {place for place, _ in after[0]}
    for place, kind in before[0] - after[0]:
        yield f"{place} does not take {kind} any more" if place in places else f"{place} is gone"
    yield from (f"{place} must be sent now" for place in after[1] - before[1])


def missed_in(promised: Schema, old: Schema, today: Schema, new: Schema) -> Iterator[str]:
    """Yield what a client reads that is not answered any more, or is something else."""
    before, after = _answered(promised, old), _answered(today, new)
    known, still = {place for place, _ in before[0]}, {place for place, _ in after[0]}
    yield from (f"{place} is gone from its answer" for place in known - still)
    for place, kind in after[0] - before[0]:
        if place in known:
            yield f"{place} of its answer may be {kind} now"
    yield from (f"{place} may be left out now" for place in (before[1] - after[1]) & still)


def _taken(document: Schema, operation: Schema) -> tuple[Facts, set[str]]:
    facts: Facts = set()
    needed: set[str] = set()
    for parameter in operation.get("parameters", ()):
        if parameter["in"] != "path":
            facts |= {*_kinds(document, parameter.get("schema", {}), parameter["name"])}
            needed |= {parameter["name"]} if parameter.get("required") else set()
    body = operation.get("requestBody", {})
    needed |= {"a body"} if body.get("required") else set()
    for content in body.get("content", {}).values():
        facts |= {*_kinds(document, content.get("schema", {}), "body")}
        needed |= {*_always(document, content.get("schema", {}), "body")}
    return facts | {(place, "integer") for place, kind in facts if kind == "number"}, needed


def _answered(document: Schema, operation: Schema) -> tuple[Facts, set[str]]:
    facts: Facts = set()
    always: set[str] = set()
    for status, answer in operation.get("responses", {}).items():
        if status.startswith("2"):
            facts.add((status, "an answer"))
            for content in answer.get("content", {}).values():
                facts |= {*_kinds(document, content.get("schema", {}), status)}
                always |= {*_always(document, content.get("schema", {}), status)}
    return facts, always


def _kinds(
    document: Schema, schema: Schema, place: str, depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Yield what may stand in each place: a type, or one of a few values."""
    for option in _options(document, schema, depth):
        values = option.get("enum", [option["const"]] if "const" in option else None)
        yield from ((place, repr(value)) for value in values or ())
        if values is None:
            yield place, str(option.get("type", "anything"))
        yield from _kinds(document, option.get("items", {}), f"{place}[]", depth + 1)
        for name, part in option.get("properties", {}).items():
            yield from _kinds(document, part, f"{place}.{name}", depth + 1)


def _always(document: Schema, schema: Schema, place: str, depth: int = 0) -> Iterator[str]:
    """Yield the places that are always filled."""
    for option in _options(document, schema, depth):
        yield from (f"{place}.{name}" for name in option.get("required", ()))
        yield from _always(document, option.get("items", {}), f"{place}[]", depth + 1)
        for name, part in option.get("properties", {}).items():
            yield from _always(document, part, f"{place}.{name}", depth + 1)


def _options(document: Schema, schema: Schema, depth: int) -> Iterator[Schema]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document.get("components", {}).get("schemas", {}).get(name, {})
    if depth > _DEEPEST or not schema:
        return
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices is None:
        yield schema
    for choice in choices or ():
        yield from _options(document, choice, depth + 1)


def line_of(path: str, root: Path) -> int:
    """Return where the committed document describes a path."""
    lines = (root / PROMISE).read_text("utf-8").splitlines()
    named = json.dumps(path)
    return next((number for number, text in enumerate(lines, 1) if named in text), 1)
