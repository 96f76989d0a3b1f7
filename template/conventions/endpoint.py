"""Endpoints as rules read them: a route and its function."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext
from starlette.responses import JSONResponse, Response

from conventions.findings import Patch, Violation
from conventions.source import Function, Source, first_line, last_name, parameters_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint:
    """One route that a file of the service defines.

    Attributes:
        path: The whole path, such as `/api/v1/notes/{note_id}`.
        methods: Its HTTP methods.
        route: FastAPI's route; every option is an attribute of it.
        function: The endpoint function.
        source: The file that defines the function.
        node: The function in its syntax tree.
    """

    path: str
    methods: frozenset[str]
    route: RouteContext
    function: Callable[..., Any]
    source: Source
    node: Function

    @property
    def name(self) -> str:
        """The function's name, which is the operation id."""
        return self.node.name

    @property
    def status_code(self) -> int:
        """The status of a successful response."""
        return self.route.status_code or 200

    @property
    def response_model(self) -> Any:  # noqa: ANN401 - any annotation
        """The declared response model; `None` if there is none."""
        return self.route.response_model

    @property
    def response_class(self) -> type[Response]:
        """The class of its responses, unless it returns one."""
        kind = self.route.response_class
        return getattr(kind, "value", kind) or JSONResponse

    @property
    def tags(self) -> list[str]:
        """The tags of the route in OpenAPI."""
        return [str(tag) for tag in self.route.tags]

    @property
    def dependant(self) -> Dependant:
        """Its parameters and dependencies as FastAPI resolves them, such as `body_params`."""
        return self.route.dependant

    @property
    def dependencies(self) -> tuple[Callable[..., Any], ...]:
        """Its dependencies, indirect ones included."""
        return tuple(_dependencies_of(self.dependant))

    def violation(self, message: str, *, patch: Patch | None = None) -> Violation:
        """Return a violation at its first decorator, or at the call that adds the route."""
        line = first_line(self.node)
        for call in () if self.node.decorator_list else self.source.calls():
            if last_name(call) == "add_api_route" and self.name in map(last_name, call.args):
                line = call.lineno
        return Violation(path=self.source.path, line=line, message=message, patch=patch)

    def violation_at(self, parameter: str, message: str) -> Violation:
        """Return a violation at one of its parameters."""
        node = next(one for one in parameters_of(self.node) if one.arg == parameter)
        return self.source.violation(node, message)


def read_endpoint(
    route: RouteContext, find_source: Callable[[str], Source | None]
) -> Endpoint | None:
    """Return the endpoint of a route; `None` if no file of the service defines it.

    Args:
        route: The route.
        find_source: Returns a file of the service by its absolute path.
    """
    function = inspect.unwrap(route.endpoint) if route.endpoint else None
    code = getattr(function, "__code__", None)
    source = find_source(code.co_filename) if code else None
    node = source.function_at(code.co_firstlineno) if source and code else None
    if function is None or source is None or node is None:
        return None
    return Endpoint(
        path=route.path or "",
        methods=frozenset(route.methods or ()),
        route=route,
        function=function,
        source=source,
        node=node,
    )


def _dependencies_of(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for part in dependant.dependencies:
        if part.call is not None:
            yield part.call
        yield from _dependencies_of(part)
