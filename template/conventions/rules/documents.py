"""What the OpenAPI document says: complete, with examples, and with a limit on what comes in."""

import ast
import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from app.core.api import RequestModel, ResponseModel, Sunset
from app.core.errors import AppError
from conventions.endpoint import Endpoint
from conventions.reach import at_field, models_in, raises_of
from conventions.rule import Found, Severity, rule
from conventions.service import Service

_BOUNDS = {
    "string": frozenset({"maxLength", "pattern", "format", "enum", "const"}),
    "integer": frozenset({"maximum", "exclusiveMaximum", "enum", "const"}),
    "number": frozenset({"maximum", "exclusiveMaximum", "enum", "const"}),
}
_SHOWN = frozenset({"examples", "example", "enum", "const", "$ref", "items", "properties"})


@rule(
    "undocumented-endpoint",
    keeps="API-5",
    severity=Severity.BEST_PRACTICE,
    why="The docstring is what the documentation says of a route, and the tag is where it stands. "
    "Without them, every caller has to ask you or to read the code.",
    fix="Write a docstring for whoever calls the route, and give its Router tags=[…].",
    wrong='router = Router(prefix=f"{API_V1}/notes")',
    right='router = Router(prefix=f"{API_V1}/notes", tags=["notes"])',
)
def find_undocumented_endpoints(service: Service) -> Iterator[Found]:
    """Find documented endpoints without docstring or tag."""
    for endpoint in _documented(service):
        if not ast.get_docstring(endpoint.node):
            yield endpoint.found(f"{endpoint.name} has no docstring")
        elif not endpoint.tags:
            yield endpoint.found(f"{endpoint.name} has no tag")


@rule(
    "undeclared-error",
    keeps="API-5",
    severity=Severity.BEST_PRACTICE,
    why="A client handles what the document names. An error that it does not name reaches users as "
    "an unknown failure.",
    fix="Name the error in the route: `responses=errors(NoteNotFound)`.",
    wrong='@router.get("/{note_id}", response_model=Envelope[NoteOut])',
    right='@router.get("/{note_id}", response_model=…, responses=errors(NoteNotFound))',
)
def find_undeclared_errors(service: Service) -> Iterator[Found]:
    """Find errors that a route can answer with and the document does not name."""
    for endpoint in _documented(service):
        declared = _errors_of(service, endpoint)
        for kind in raises_of(service, endpoint, AppError):
            if (str(kind.status), kind.code) not in declared:
                yield endpoint.found(
                    f"{endpoint.name} can raise {kind.__name__} ({kind.status} {kind.code})"
                )


@rule(
    "missing-example",
    keeps="API-5",
    severity=Severity.SUGGESTION,
    why="People copy the example, machines generate from it; `string` tells neither what is meant.",
    fix="Give the field one: `name: ShortText = Field(examples=['Groceries'])`.",
    wrong="name: ShortText",
    right='name: ShortText = Field(examples=["Groceries"])',
)
def find_missing_examples(service: Service) -> Iterator[Found]:
    """Find fields of bodies and answers that show no example."""
    for kind, name, spec in _fields(_models(service, "body", "answer")):
        options = [spec, *spec.get("anyOf", ())]
        if not any(option.keys() & _SHOWN for option in options):
            yield at_field(service, kind, name, "has no example")


@rule(
    "silent-deprecation",
    keeps="API-7",
    severity=Severity.BEST_PRACTICE,
    why="Nobody rereads the documentation of a route that works. Without the headers, its users "
    "learn of its end when it is gone.",
    fix="Add `Depends(Sunset(deprecated=date(…), removed=date(…)))`: it sends both headers.",
    wrong='@router.get("/{note_id}", deprecated=True)',
    right='@router.get("/{note_id}", deprecated=True, dependencies=[Depends(OLD_NOTES)])',
)
def find_silent_deprecations(service: Service) -> Iterator[Found]:
    """Find routes that only the document, or only the headers, call deprecated."""
    for endpoint in service.routes:
        announces = any(isinstance(part, Sunset) for part in endpoint.dependencies)
        if bool(endpoint.route.deprecated) != announces:
            missing = "`deprecated=True`" if announces else "a Sunset dependency"
            yield endpoint.found(f"{endpoint.name} is deprecated, but without {missing}")


@rule(
    "unlimited-list",
    keeps="API-9",
    severity=Severity.PERFORMANCE,
    why="One request with a million items holds a connection and the memory of the process for "
    "minutes, and everybody else waits.",
    fix="Use BatchIds[…] for identifiers, or Field(max_length=…).",
    wrong="ids: list[UUID]",
    right="ids: BatchIds[UUID]",
)
def find_unlimited_lists(service: Service) -> Iterator[Found]:
    """Find lists of any length in what a request gives."""
    for kind, name, spec in _fields(_models(service, "body", "query")):
        for option in (spec, *spec.get("anyOf", ())):
            if option.get("type") == "array" and "maxItems" not in option:
                yield at_field(service, kind, name, "takes a list of any length")


@rule(
    "unlimited-value",
    keeps="SEC-4",
    severity=Severity.BEST_PRACTICE,
    why="A text of a megabyte or a number beyond the column's type passes validation and fails in "
    "the database, as a 500; or it is stored, and slows every list that shows it.",
    fix="Use ShortText, or bound the value: Field(max_length=…), Field(ge=…, le=…).",
    wrong="title: str",
    right='title: ShortText = Field(examples=["Groceries"])',
)
def find_unlimited_values(service: Service) -> Iterator[Found]:
    """Find texts and numbers of any size in what a request gives."""
    for kind, name, spec in _fields(_models(service, "body", "query")):
        for option in (spec, *spec.get("anyOf", ()), spec.get("items", {})):
            bounds = _BOUNDS.get(option.get("type", ""))
            if bounds and not option.keys() & bounds:
                yield at_field(
                    service, kind, name, f"takes any {option['type']}, whatever its size"
                )


RULES = (
    find_undocumented_endpoints,
    find_undeclared_errors,
    find_missing_examples,
    find_silent_deprecations,
    find_unlimited_lists,
    find_unlimited_values,
)


def _documented(service: Service) -> Iterator[Endpoint]:
    return (endpoint for endpoint in service.routes if endpoint.route.include_in_schema)


def _errors_of(service: Service, endpoint: Endpoint) -> set[tuple[str, str]]:
    """Return the status and code of every error that the document names for an endpoint."""
    path = service.openapi["paths"][endpoint.route.path_format]
    return {
        (status, code)
        for method in endpoint.methods & {name.upper() for name in path}
        for status, response in path[method.lower()]["responses"].items()
        for code in response.get("content", {}).get("application/json", {}).get("examples", {})
    }


def _models(service: Service, *places: str) -> dict[type[BaseModel], None]:
    """Return the models of what comes in (`body`, `query`) and goes out (`answer`).

    What another service sends is no Input, and not ours to limit.
    """
    annotations: list[Any] = []
    for endpoint in _documented(service):
        given = {"body": endpoint.dependant.body_params, "query": endpoint.dependant.query_params}
        annotations += [p.field_info.annotation for place in places for p in given.get(place, ())]
        annotations += [endpoint.response_model] if "answer" in places else []
    models = (model for annotation in annotations for model in models_in(annotation))
    return {model: None for model in models if issubclass(model, RequestModel | ResponseModel)}


def _fields(
    models: Iterable[type[BaseModel]],
) -> Iterator[tuple[type[BaseModel], str, dict[str, Any]]]:
    """Yield each field of the models once: a model, the field's name, its schema."""
    seen: set[tuple[type, str]] = set()
    for model in models:
        schema = model.model_json_schema()
        specs = schema.get("$defs", {}).get(model.__name__, schema).get("properties", {})
        for name, field in model.model_fields.items():
            owner = next(base for base in model.__mro__ if name in inspect.get_annotations(base))
            if (owner, name) not in seen:
                seen.add((owner, name))
                yield model, name, specs.get(field.alias or name, {})
