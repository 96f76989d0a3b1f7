"""The calls and raises that a request reaches, and the models of its body and response.

Names are looked up in the imported modules; a variable is an instance of the class that annotates
it or was called to create it. So `notes.create(session, new)` resolves to that function.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import FunctionType, UnionType
from typing import Annotated, Any, NewType, Union, get_args, get_origin

from pydantic import BaseModel

from conventions.endpoint import Endpoint
from conventions.findings import Violation
from conventions.service import Service
from conventions.source import Function, Source

MAX_DEPTH = 4


@dataclass(frozen=True, eq=False)
class CallSite:
    """A call or a raise that a request reaches.

    Attributes:
        target: The called object, with methods as plain functions; or the raised class.
        source: The file.
        node: The call or the raise.
        names: The objects that the names around it refer to.
    """

    target: Any
    source: Source
    node: ast.Call | ast.Raise
    names: dict[str, Any]


def models_in_annotation(kind: Any, *, known: tuple[type, ...] = ()) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    """Yield every model in an annotation, those in the fields of models included."""
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in known:
        yield kind
        for field in kind.model_fields.values():
            yield from models_in_annotation(field.annotation, known=(*known, kind))
    for part in get_args(kind):
        yield from models_in_annotation(part, known=known)


def is_subtype(kind: Any, expected: type | tuple[type, ...]) -> bool:  # noqa: ANN401 - any annotation
    """Return whether an annotation is a subclass of a class, type arguments aside."""
    kind = getattr(kind, "__origin__", kind)
    return isinstance(kind, type) and issubclass(kind, expected)


def field_violation(service: Service, model: type[BaseModel], name: str, problem: str) -> Violation:
    """Return a violation at the declaration of a field of a model."""
    owner = next(base for base in model.__mro__ if name in inspect.get_annotations(base))
    path, line = service.location_of(owner, name)
    return Violation(path=path, line=line, message=f"{owner.__name__}.{name} {problem}")


@cache
def reachable_sites(service: Service, endpoint: Endpoint) -> tuple[CallSite, ...]:
    """Return every call and raise that an endpoint and its dependencies reach."""
    starts = (endpoint.function, *endpoint.dependencies)
    return tuple(step for start in starts for step in _sites_below(service, start, MAX_DEPTH))


def reachable_callees(service: Service, endpoint: Endpoint) -> list[Any]:
    """Return every object that an endpoint and its dependencies call."""
    return [
        step.target
        for step in reachable_sites(service, endpoint)
        if isinstance(step.node, ast.Call)
    ]


def reachable_errors(service: Service, endpoint: Endpoint, kind: type) -> dict[type, CallSite]:
    """Return the uncaught errors of a type that an endpoint can raise, each with one raise."""
    raised = [
        step for step in reachable_sites(service, endpoint) if isinstance(step.node, ast.Raise)
    ]
    return {step.target: step for step in raised if _is_subclass(step.target, (kind,))}


@cache
def local_namespace(function: FunctionType, node: Function) -> dict[str, Any]:
    """Return the objects that names in a function refer to, with classes for their instances."""
    owner = function.__globals__.get(function.__qualname__.partition(".")[0])
    names = {**function.__globals__, "self": owner, "cls": owner}
    names |= {name: _annotated_class(kind) for name, kind in annotations_of(function).items()}
    for part in ast.walk(node):
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
            instance = resolve_object(part.value, names)
            names |= {
                target.id: instance for target in part.targets if isinstance(target, ast.Name)
            }
    return names


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function's parameters and `return`."""
    try:
        return inspect.get_annotations(function, eval_str=True)
    except Exception:  # noqa: BLE001 - a name for the type checker only
        return inspect.get_annotations(function)


def resolve_object(node: ast.AST | None, names: dict[str, Any]) -> Any:  # noqa: ANN401 - any object
    """Return the object that an expression refers to; `None` if it is unknown."""
    match node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=value, attr=name):
            found = inspect.getattr_static(resolve_object(value, names), name, None)
            return getattr(found, "__func__", found)
        case ast.Call(func=inner, args=[kind]) if _is_lookup(resolve_object(inner, names)):
            return resolve_object(kind, names)
        case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
            return resolve_object(inner, names)
    return None


def _is_lookup(function: object) -> bool:
    """Return whether a function is `get` or `find` of the registry of open services."""
    return getattr(function, "__module__", "") == "app.core.services"


def find_definition(service: Service, function: FunctionType) -> tuple[Source, Function] | None:
    """Return the file and the node of a function; `None` for one of a library."""
    source = service.source(function.__code__.co_filename)
    node = source.function_at(function.__code__.co_firstlineno) if source else None
    return (source, node) if source and node else None


def _sites_below(service: Service, start: object, depth: int) -> tuple[CallSite, ...]:
    function = inspect.unwrap(start) if callable(start) else start
    is_plain = isinstance(function, FunctionType) and depth > 0
    return _sites_in(service, function, depth) if is_plain else ()


@cache
def _sites_in(service: Service, function: FunctionType, depth: int) -> tuple[CallSite, ...]:
    place = find_definition(service, function)
    if place is None:
        return ()
    source, node = place
    names = local_namespace(function, node)
    steps: list[CallSite] = []
    for part, caught in _calls_and_raises(node, names, caught=()):
        target = resolve_object(part.exc if isinstance(part, ast.Raise) else part.func, names)
        below = _sites_below(service, target, depth - 1) if isinstance(part, ast.Call) else ()
        steps += [
            step
            for step in (CallSite(target, source, part, names), *below)
            if isinstance(step.node, ast.Call) or not _is_subclass(step.target, caught)
        ]
    return tuple(steps)


def _calls_and_raises(
    node: ast.AST, names: dict[str, Any], *, caught: tuple[Any, ...]
) -> Iterator[tuple[ast.Call | ast.Raise, tuple[Any, ...]]]:
    """Yield each call and raise below a node, with the exceptions caught around it."""
    for child in ast.iter_child_nodes(node):
        inner = caught
        if isinstance(node, ast.Try) and child in node.body:
            inner = (*caught, *(resolve_object(kind, names) for kind in _caught_types(node)))
        if isinstance(child, ast.Call | ast.Raise):
            yield child, inner
        yield from _calls_and_raises(child, names, caught=inner)


def _caught_types(node: ast.Try) -> Iterator[ast.expr]:
    for handler in node.handlers:
        reraises = any(isinstance(part, ast.Raise) and not part.exc for part in ast.walk(handler))
        if handler.type and not reraises:
            yield from handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]


def _is_subclass(target: object, kinds: tuple[Any, ...]) -> bool:
    known = tuple(kind for kind in kinds if isinstance(kind, type))
    return isinstance(target, type) and issubclass(target, known)


def _annotated_class(annotation: Any) -> Any:  # noqa: ANN401 - any annotation
    """Return the class in an annotation, without `Annotated`, `None` and type arguments."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated_class(parts[0])
    if origin in {Union, UnionType}:
        return _annotated_class(next(part for part in parts if part is not type(None)))
    if isinstance(annotation, NewType):  # such as OwnerSession, an AsyncSession
        return _annotated_class(annotation.__supertype__)
    return origin or annotation
