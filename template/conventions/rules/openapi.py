"""The OpenAPI document: descriptions, errors, examples, and limits of requests."""

import ast
import inspect
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic.dataclasses import is_pydantic_dataclass
from pydantic.fields import FieldInfo

from app.core.api import RequestModel, ResponseModel, Sunset
from app.core.errors import AppError
from conventions.annotations import field_violation, models_in_annotation
from conventions.endpoint import Endpoint
from conventions.findings import Violation
from conventions.reach import raised_errors
from conventions.rule import rule
from conventions.service import Service

_LIMITS = {
    "string": frozenset({"maxLength", "pattern", "format", "enum", "const"}),
    "integer": frozenset({"maximum", "exclusiveMaximum", "enum", "const"}),
    "number": frozenset({"maximum", "exclusiveMaximum", "enum", "const"}),
}
_EXAMPLES = frozenset({"examples", "example", "enum", "const", "$ref", "items", "properties"})


@rule("undocumented-endpoint")
def find_undocumented_endpoints(service: Service) -> Iterator[Violation]:
    """Find documented endpoints without a docstring or a tag."""
    for endpoint in _documented(service):
        if not ast.get_docstring(endpoint.node):
            yield endpoint.violation(f"`{endpoint.name}` has no docstring")
        elif not endpoint.tags:
            yield endpoint.violation(f"`{endpoint.name}` has no tag")


@rule("undeclared-error")
def find_undeclared_errors(service: Service) -> Iterator[Violation]:
    """Find errors that a route can raise and OpenAPI does not declare."""
    for endpoint in _documented(service):
        declared = _errors_of(service, endpoint)
        for kind in raised_errors(service, endpoint, AppError):
            if (str(kind.status), kind.code) not in declared:
                yield endpoint.violation(
                    f"`{endpoint.name}` can raise {kind.__name__} ({kind.status} {kind.code})"
                )


@rule("missing-example")
def find_missing_examples(service: Service) -> Iterator[Violation]:
    """Find fields of requests and responses without an example."""
    for kind, name, spec in _fields(_models(service, "body", "response")):
        options = [spec, *spec.get("anyOf", ())]
        if not any(option.keys() & _EXAMPLES for option in options):
            yield field_violation(service, kind, name, "has no example")


@rule("silent-deprecation")
def find_silent_deprecations(service: Service) -> Iterator[Violation]:
    """Find routes that only the document, or only the headers, declare deprecated."""
    for endpoint in service.routes:
        announces = any(isinstance(part, Sunset) for part in endpoint.dependencies)
        if bool(endpoint.route.deprecated) != announces:
            missing = "`deprecated=True`" if announces else "a Sunset dependency"
            yield endpoint.violation(f"`{endpoint.name}` is deprecated without {missing}")


@rule("unlimited-list")
def find_unlimited_lists(service: Service) -> Iterator[Violation]:
    """Find lists without a maximum length in request models."""
    for kind, name, spec in _fields(_models(service, "body", "query")):
        for option in (spec, *spec.get("anyOf", ())):
            if option.get("type") == "array" and "maxItems" not in option:
                yield field_violation(service, kind, name, "has no maximum length")


@rule("unlimited-value")
def find_unlimited_values(service: Service) -> Iterator[Violation]:
    """Find strings and numbers without a maximum in request models."""
    for kind, name, spec in _fields(_models(service, "body", "query")):
        if is_bounded_decimal(kind.__pydantic_fields__[name]):
            continue
        for option in (spec, *spec.get("anyOf", ()), spec.get("items", {})):
            bounds = _LIMITS.get(option.get("type", ""))
            if bounds and not option.keys() & bounds:
                yield field_violation(
                    service, kind, name, f"is a {option['type']} without a maximum"
                )


def is_bounded_decimal(field: FieldInfo) -> bool:
    """Return whether a field is a decimal with digits or a maximum, which JSON Schema may omit."""
    parts = [field.annotation, *field.metadata]
    for part in parts:  # grows: an option of a union has annotations of its own
        parts += [*get_args(part), *getattr(part, "metadata", ())]
    limits = ("max_digits", "lt", "le")
    return Decimal in parts and any(getattr(part, name, None) for part in parts for name in limits)


def _documented(service: Service) -> Iterator[Endpoint]:
    return (endpoint for endpoint in service.routes if endpoint.route.include_in_schema)


def _errors_of(service: Service, endpoint: Endpoint) -> set[tuple[str, str]]:
    """Return the status and code of every error that the document declares for an endpoint."""
    path = service.openapi["paths"][endpoint.route.path_format]
    return {
        (status, code)
        for method in endpoint.methods & {name.upper() for name in path}
        for status, response in path[method.lower()]["responses"].items()
        for code in response.get("content", {}).get("application/json", {}).get("examples", {})
    }


def _models(service: Service, *places: str) -> dict[type[BaseModel], None]:
    """Return the models of requests (`body`, `query`) and responses (`response`).

    Models of other services' responses are no RequestModel, and are left out.
    """
    annotations: list[Any] = []
    for endpoint in _documented(service):
        parameters = {
            "body": endpoint.dependant.body_params,
            "query": endpoint.dependant.query_params,
        }
        annotations += [
            p.field_info.annotation for place in places for p in parameters.get(place, ())
        ]
        annotations += [endpoint.response_model] if "response" in places else []
    models = (model for annotation in annotations for model in models_in_annotation(annotation))
    found: dict[type[BaseModel], None] = dict.fromkeys(
        one for one in models if issubclass(one, RequestModel | ResponseModel)
    )
    return found if "response" in places else found | dict.fromkeys(_dataclasses_in(found))


def _dataclasses_in(models: Iterable[type[BaseModel]]) -> Iterator[Any]:
    """Yield the dataclasses in the fields of models, which have fields of the same kind."""
    for model in models:
        parts = [field.annotation for field in model.model_fields.values()]
        for part in parts:  # grows
            parts += get_args(part)
            if is_pydantic_dataclass(part):  # type: ignore[arg-type] - any annotation
                yield part


def _fields(
    models: Iterable[type[BaseModel]],
) -> Iterator[tuple[type[BaseModel], str, dict[str, Any]]]:
    """Yield each field of the models once: the model, the name of the field, its schema."""
    seen: set[tuple[type, str]] = set()
    for model in models:
        schema = TypeAdapter(model).json_schema()
        specs = schema.get("$defs", {}).get(model.__name__, schema).get("properties", {})
        for name, field in model.__pydantic_fields__.items():
            owner = next(base for base in model.__mro__ if name in inspect.get_annotations(base))
            if (owner, name) not in seen:
                seen.add((owner, name))
                yield model, name, specs.get(field.alias or name, {})


RULES = (
    find_undocumented_endpoints,
    find_undeclared_errors,
    find_missing_examples,
    find_silent_deprecations,
    find_unlimited_lists,
    find_unlimited_values,
)
