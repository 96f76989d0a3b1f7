"""What a request comes to: the models it is read and answered by, and what is called and raised.

A name is looked up in the module as it was imported, and a variable counts as an instance of the
class that it is annotated with or was made of. So `notes.create(session, new)` is that function.
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
from conventions.rule import Found
from conventions.service import Service
from conventions.source import Function, Source

DEPTH = 4


@dataclass(frozen=True, eq=False)
class Step:
    """A call, or a raise.

    Attributes:
        target: What is called, methods as plain functions; or the class of what is raised.
        source: The file.
        node: The call or the raise there.
        names: What the names around it stand for.
    """

    target: Any
    source: Source
    node: ast.Call | ast.Raise
    names: dict[str, Any]


def models_in(kind: Any, *, known: tuple[type, ...] = ()) -> Iterator[type[BaseModel]]:  # noqa: ANN401
    """Yield every model in an annotation, those in the fields of models included."""
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in known:
        yield kind
        for field in kind.model_fields.values():
            yield from models_in(field.annotation, known=(*known, kind))
    for part in get_args(kind):
        yield from models_in(part, known=known)


def at_field(service: Service, model: type[BaseModel], name: str, problem: str) -> Found:
    """Return a finding where a field of a model is declared."""
    owner = next(base for base in model.__mro__ if name in inspect.get_annotations(base))
    path, line = service.where(owner, name)
    return Found(path=path, line=line, message=f"{owner.__name__}.{name} {problem}")


@cache
def steps_of(service: Service, endpoint: Endpoint) -> tuple[Step, ...]:
    """Return every call and raise that an endpoint and its dependencies come to."""
    starts = (endpoint.function, *endpoint.dependencies)
    return tuple(step for start in starts for step in _steps_below(service, start, DEPTH))


def calls_of(service: Service, endpoint: Endpoint) -> list[Any]:
    """Return everything that an endpoint and its dependencies call."""
    return [step.target for step in steps_of(service, endpoint) if isinstance(step.node, ast.Call)]


def raises_of(service: Service, endpoint: Endpoint, kind: type) -> dict[type, Step]:
    """Return the errors of a kind that reach the caller of an endpoint, each with one raise."""
    raised = [step for step in steps_of(service, endpoint) if isinstance(step.node, ast.Raise)]
    return {step.target: step for step in raised if _is_one_of(step.target, (kind,))}


@cache
def names_in(function: FunctionType, node: Function) -> dict[str, Any]:
    """Return what the names in a function stand for: objects, and classes in place of instances."""
    owner = function.__globals__.get(function.__qualname__.partition(".")[0])
    names = {**function.__globals__, "self": owner, "cls": owner}
    names |= {name: _class_of(kind) for name, kind in annotations_of(function).items()}
    for part in ast.walk(node):
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
            made = resolve(part.value, names)
            names |= {target.id: made for target in part.targets if isinstance(target, ast.Name)}
    return names


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return what the parameters and `return` of a function are annotated with."""
    try:
        return inspect.get_annotations(function, eval_str=True)
    except Exception:  # noqa: BLE001 - a name that is there for the type checker only
        return inspect.get_annotations(function)


def resolve(node: ast.AST | None, names: dict[str, Any]) -> Any:  # noqa: ANN401 - names name all
    """Return what an expression stands for; `None` if that is not known."""
    match node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=value, attr=name):
            found = inspect.getattr_static(resolve(value, names), name, None)
            return getattr(found, "__func__", found)
        case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
            return resolve(inner, names)
    return None


def place_of(service: Service, function: FunctionType) -> tuple[Source, Function] | None:
    """Return where a function of the service is defined; `None` for one of a library."""
    source = service.source(function.__code__.co_filename)
    node = source.function_at(function.__code__.co_firstlineno) if source else None
    return (source, node) if source and node else None


def _steps_below(service: Service, start: object, depth: int) -> tuple[Step, ...]:
    function = inspect.unwrap(start) if callable(start) else start
    is_plain = isinstance(function, FunctionType) and depth > 0
    return _steps_in(service, function, depth) if is_plain else ()


@cache
def _steps_in(service: Service, function: FunctionType, depth: int) -> tuple[Step, ...]:
    place = place_of(service, function)
    if place is None:
        return ()
    source, node = place
    names = names_in(function, node)
    steps: list[Step] = []
    for part, caught in _parts(node, names, caught=()):
        target = resolve(part.exc if isinstance(part, ast.Raise) else part.func, names)
        below = _steps_below(service, target, depth - 1) if isinstance(part, ast.Call) else ()
        steps += [
            step
            for step in (Step(target, source, part, names), *below)
            if isinstance(step.node, ast.Call) or not _is_one_of(step.target, caught)
        ]
    return tuple(steps)


def _parts(
    node: ast.AST, names: dict[str, Any], *, caught: tuple[Any, ...]
) -> Iterator[tuple[ast.Call | ast.Raise, tuple[Any, ...]]]:
    """Yield each call and raise below a node, with the exceptions that are caught around it."""
    for child in ast.iter_child_nodes(node):
        inner = caught
        if isinstance(node, ast.Try) and child in node.body:
            inner = (*caught, *(resolve(kind, names) for kind in _handled(node)))
        if isinstance(child, ast.Call | ast.Raise):
            yield child, inner
        yield from _parts(child, names, caught=inner)


def _handled(node: ast.Try) -> Iterator[ast.expr]:
    for handler in node.handlers:
        passes_on = any(isinstance(part, ast.Raise) and not part.exc for part in ast.walk(handler))
        if handler.type and not passes_on:
            yield from handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]


def _is_one_of(target: object, kinds: tuple[Any, ...]) -> bool:
    known = tuple(kind for kind in kinds if isinstance(kind, type))
    return isinstance(target, type) and issubclass(target, known)


def _class_of(annotation: Any) -> Any:  # noqa: ANN401 - whatever stands in the source
    """Return the class that is annotated, without `Annotated`, `None` and arguments."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _class_of(parts[0])
    if origin in {Union, UnionType}:
        return _class_of(next(part for part in parts if part is not type(None)))
    if isinstance(annotation, NewType):  # as OwnerSession, which is an AsyncSession
        return _class_of(annotation.__supertype__)
    return origin or annotation
