"""The reach of endpoints: the calls, errors and effects of them and their dependencies."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pkgutil import resolve_name
from types import FunctionType
from typing import Any, get_args

from conventions.annotations import annotations_of
from conventions.endpoint import Endpoint
from conventions.facts.effects import Effect
from conventions.facts.graph import Code, Edge, Runs
from conventions.facts.symbols import Symbol
from conventions.service import Service
from conventions.source import last_name

_ACTION = re.compile(r"(ance|ence|ion|al|ment)s?$")
_ROW = "sqlalchemy.orm.DeclarativeBase"


@cache
def codes_of(service: Service, endpoint: Endpoint) -> tuple[Code, ...]:
    """Return the code of an endpoint and of its dependencies, those of its router too."""
    starts = (endpoint.function, *endpoint.dependencies)
    found = (_code_of(service, start) for start in starts)
    return tuple(dict.fromkeys(code for code in found if code is not None))


def _code_of(service: Service, start: Any) -> Code | None:  # noqa: ANN401 - any callable
    """Return the code of a function, or of the `__call__` of an instance."""
    function = inspect.unwrap(start) if callable(start) else start
    if not isinstance(function, FunctionType):
        function = getattr(type(function), "__call__", None)  # noqa: B004 - its code is needed
    if not isinstance(function, FunctionType):
        return None
    source = service.source(function.__code__.co_filename)
    node = source.function_at(function.__code__.co_firstlineno) if source else None
    return service.facts.code(source, node) if source and node else None


@cache
def effects_of(service: Service, endpoint: Endpoint) -> dict[Effect, Code]:
    """Return the effects of an endpoint and its dependencies, each with the code that has it."""
    effects = service.facts.effects
    found: dict[Effect, Code] = {}
    for code in codes_of(service, endpoint):
        for effect in effects.of(code):
            found.setdefault(effect, code)
    return found


def does(service: Service, endpoint: Endpoint, *kinds: str) -> bool:
    """Return whether an endpoint, its dependencies aside, has an effect of one of some kinds."""
    facts = service.facts
    code = facts.code(endpoint.source, endpoint.node)
    edges = (e for e in facts.graph.edges_from(code) if e.runs is not Runs.DEPENDENCY)
    return any(effect.kind in kinds for edge in edges for effect in facts.effects.of_edge(edge))


@cache
def reached_edges(service: Service, endpoint: Endpoint) -> tuple[Edge, ...]:
    """Return every edge that an endpoint and its dependencies reach."""
    graph = service.facts.graph
    jobs = frozenset({Runs.JOB})
    return tuple(
        edge
        for code in codes_of(service, endpoint)
        for edge in graph.reachable(code, except_runs=jobs)
    )


def calls(service: Service, endpoint: Endpoint, *names: str) -> bool:
    """Return whether an endpoint or a dependency reaches one of some functions."""
    wanted = set(names)
    edges = reached_edges(service, endpoint)
    return any(wanted.intersection(edge.target.names) for edge in edges)


@cache
def created_rows(service: Service, endpoint: Endpoint) -> frozenset[str]:
    """Return the names of the mapped classes of which an endpoint makes rows."""
    resolver = service.facts.resolver
    found: set[str] = set()
    for edge in reached_edges(service, endpoint):
        kinds: tuple[Symbol, ...] = (edge.target,)
        if isinstance(edge.site, ast.Call) and last_name(edge.site) == "insert" and edge.site.args:
            is_repeatable = "on_conflict_do" in ast.unparse(edge.caller.node)
            inserted = resolver.resolve_all(edge.caller.source, edge.site.args[0])
            kinds = () if is_repeatable else inserted
        found |= {one.name for one in kinds if one.is_class and resolver.is_subclass(one, _ROW)}
    return frozenset(found)


def creates(service: Service, endpoint: Endpoint) -> bool:
    """Return whether an endpoint makes a row of what it returns, or of what its path names."""
    parts = endpoint.path.split("/")
    noun = parts[-1].rpartition("-")[2]
    singulars = tuple(one for one in {noun, noun[:-1], noun[:-2], f"{noun[:-3]}y"} if one[2:])
    is_part = len(parts) > len(["", "api", "v1", "notes"])
    is_action = is_part and _ACTION.search(
        noun
    )  # it may change another row, and return the new one
    returned = () if is_action else get_args(annotations_of(endpoint.function).get("return"))
    names = {f"{one.__module__}.{one.__qualname__}" for one in returned if isinstance(one, type)}
    rows = created_rows(service, endpoint)
    return bool(rows & names) or any(one.lower().endswith(singulars) for one in rows)


def raised_errors(service: Service, endpoint: Endpoint, kind: type) -> Iterator[type]:
    """Yield the classes of the uncaught errors of a type that an endpoint can raise."""
    for effect in effects_of(service, endpoint):
        found = _class_named(effect.detail) if effect.kind == "raises" else None
        if found is not None and issubclass(found, kind):
            yield found


@cache
def _class_named(name: str) -> type | None:
    try:
        found = resolve_name(name)
    except (ImportError, AttributeError, ValueError):
        return None
    return found if isinstance(found, type) else None
