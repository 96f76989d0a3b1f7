"""Input of clients: fields of any shape, headers without a limit, times without a zone."""

import ast
import inspect
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, get_args, get_origin

from annotated_types import MaxLen
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo

from conventions.annotations import field_violation, models_in_annotation
from conventions.endpoint import Endpoint
from conventions.facts.facts import Facts
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source

_SAMPLES = ("2026-01-01T00:00:00", ["2026-01-01T00:00:00", "2026-01-01T00:00:00"])
_NAIVE = {"datetime.datetime.utcnow", "datetime.datetime.utcfromtimestamp"}
_NEEDS_ZONE = {"datetime.datetime.now": 0, "datetime.datetime.fromtimestamp": 1}
_FOLDERS = ("app/features", "app/accounts", "app/integrations")


@rule("loose-field")
def find_loose_fields(service: Service) -> Iterator[Violation]:
    """Find fields of bodies that take any object, and models that take any field."""
    for kind in _models(service, "body_params"):
        for name, field in kind.model_fields.items():
            if _is_loose(field.annotation):
                yield field_violation(service, kind, name, "takes any object")
        if kind.model_config.get("extra") == "allow":
            path, line = service.location_of(kind, "model_config")
            yield Violation(path=path, line=line, message=f"{kind.__name__} takes any field")


def _is_loose(annotation: Any) -> bool:  # noqa: ANN401 - any annotation
    """Return whether an annotation has `Any`, `object` or a dict without a model in it."""
    if any(annotation is kind for kind in (Any, object, dict, list)):
        return True
    origin, parts = get_origin(annotation), get_args(annotation)
    if inspect.isclass(origin) and hasattr(origin, "keys") and len(parts) == 2:  # noqa: PLR2004 - key, value
        return parts[1] is Any or parts[1] is object
    return any(_is_loose(part) for part in parts if part is not Ellipsis)


@rule("unlimited-header")
def find_unlimited_headers(service: Service) -> Iterator[Violation]:
    """Find headers and cookies without a maximum length."""
    for endpoint in service.routes:
        for dependant in _all(endpoint.dependant):
            for param in (*dependant.header_params, *dependant.cookie_params):
                for model in models_in_annotation(param.field_info.annotation):
                    for name, field in model.model_fields.items():
                        if _is_unlimited(field):
                            yield field_violation(service, model, name, "has no maximum length")
                if _is_unlimited(param.field_info):
                    yield from _at_parameter(service, endpoint, dependant, param.name)


def _is_unlimited(field: FieldInfo) -> bool:
    kinds = [field.annotation, *get_args(field.annotation)]
    is_text = any(kind is str or kind is bytes or get_origin(kind) is list for kind in kinds)
    is_limited = any(isinstance(one, MaxLen) for one in field.metadata)
    has_pattern = any(getattr(one, "pattern", None) for one in field.metadata)
    return is_text and not is_limited and not has_pattern


def _at_parameter(
    service: Service, endpoint: Endpoint, dependant: Dependant, name: str
) -> Iterator[Violation]:
    function = inspect.unwrap(dependant.call) if dependant.call else endpoint.function
    function = function.__init__ if inspect.isclass(function) else function
    code = getattr(function, "__code__", None)
    source = service.source(code.co_filename) if code else None
    node = source.function_at(code.co_firstlineno) if source and code else None
    for argument in ast.walk(node.args) if node else ():
        is_own = source is not None and source.layer != "core"
        if isinstance(argument, ast.arg) and argument.arg == name and source and is_own:
            yield source.violation(argument, f"the header `{name}` has no maximum length")


@rule("naive-datetime")
def find_naive_datetimes(service: Service) -> Iterator[Violation]:
    """Find times without a zone: fields that take them, and calls that make them."""
    for kind in _models(service, "body_params", "query_params"):
        for name in _naive_fields(kind):
            yield field_violation(service, kind, name, "takes a time without a zone")
    for endpoint in service.routes:
        for param in endpoint.dependant.query_params:
            if _takes_naive(param.field_info):
                message = f"`{param.name}` takes a time without a zone"
                yield endpoint.violation_at(param.name, message)
    yield from _naive_calls(service.facts)


def _naive_calls(facts: Facts) -> Iterator[Violation]:
    for source in facts.files(*_FOLDERS):
        for node in source.nodes(ast.Attribute):
            if facts.names(source, node) & _NAIVE and isinstance(node.ctx, ast.Load):
                yield source.violation(node, f"`{ast.unparse(node)}` has no zone")
        for call in source.calls():
            if _makes_naive(facts, source, call):
                yield source.violation(call, f"`{ast.unparse(call.func)}` has no zone")


def _naive_fields(kind: type[BaseModel]) -> list[str]:
    checked = kind.__pydantic_decorators__.field_validators.values()
    validated = {name for one in checked for name in one.info.fields}
    fields = kind.model_fields.items()
    return [name for name, field in fields if name not in validated and _takes_naive(field)]


def _takes_naive(field: FieldInfo) -> bool:
    """Return whether validation accepts a time without a zone, and leaves it so."""
    if "datetime" not in repr(field.annotation).lower():
        return False
    kind: Any = field.annotation
    try:
        adapter = TypeAdapter[Any](Annotated[kind, None, *field.metadata])
    except (PydanticUserError, TypeError):
        return False
    for sample in _SAMPLES:
        try:
            found = adapter.validate_python(sample)
        except (ValidationError, ValueError, TypeError):
            continue
        values = found if isinstance(found, (list, tuple)) else [found]
        return any(isinstance(one, datetime) and one.tzinfo is None for one in values)
    return False


def _makes_naive(facts: Facts, source: Source, call: ast.Call) -> bool:
    names = facts.names(source, call.func)
    has_zone = any(one.arg in {"tz", "tzinfo"} for one in call.keywords) or _is_given_zone(
        source, call
    )
    for name, position in _NEEDS_ZONE.items():
        if name in names:
            return len(call.args) <= position and not has_zone
    if "datetime.datetime.strptime" in names:
        form = getattr(call.args[1], "value", "") if len(call.args) > 1 else ""
        return isinstance(form, str) and bool(form) and "%z" not in form and not has_zone
    if "datetime.datetime.combine" in names:
        has_time_zone = any(
            "tz" in ast.unparse(one) or "UTC" in ast.unparse(one) for one in call.args
        )
        return not call.args[2:] and not has_zone and not has_time_zone
    return False


def _is_given_zone(source: Source, call: ast.Call) -> bool:
    """Return whether a time is given a zone at once, as in `strptime(…).replace(tzinfo=UTC)`."""
    parent = source.parent(call)
    return isinstance(parent, ast.Attribute) and parent.attr in {"replace", "astimezone", "date"}


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from _all(part)


def _models(service: Service, *places: str) -> list[type[BaseModel]]:
    """Return the models of the service that endpoints and their dependencies take."""
    found: dict[type[BaseModel], None] = {}
    for endpoint in service.routes:
        for dependant in _all(endpoint.dependant):
            for place in places:
                for param in getattr(dependant, place):
                    found |= dict.fromkeys(models_in_annotation(param.field_info.annotation))
    return [kind for kind in found if service.source_of(kind)]


RULES = (find_loose_fields, find_unlimited_headers, find_naive_datetimes)
