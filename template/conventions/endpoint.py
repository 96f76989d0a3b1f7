"""An endpoint as rules read it: its route, and the function that answers it."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext

from conventions.rule import Found, Patch
from conventions.source import Function, Source, first_line


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint:
    """One route that a file of the service defines.

    Attributes:
        path: The whole path, such as `/api/v1/notes/{note_id}`.
        methods: Its HTTP methods.
        route: FastAPI's own view of it; every option of the route is an attribute there.
        function: What answers it.
        source: The file that defines the function.
        node: The function there.
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
        """What it answers with when all is well."""
        return self.route.status_code or 200

    @property
    def response_model(self) -> Any:  # noqa: ANN401 - whatever the route declares
        """What its answers are written by; `None` where there is nothing to write."""
        return self.route.response_model

    @property
    def tags(self) -> list[str]:
        """Under which headings the documentation shows it."""
        return [str(tag) for tag in self.route.tags]

    @property
    def dependant(self) -> Dependant:
        """Its parameters and dependencies, as FastAPI reads them: `body_params` and the like."""
        return self.route.dependant

    @property
    def dependencies(self) -> tuple[Callable[..., Any], ...]:
        """Everything that it depends on, directly or by another dependency."""
        return tuple(_calls_of(self.dependant))

    def found(self, message: str, *, patch: Patch | None = None) -> Found:
        """Return a finding at its first decorator."""
        line = first_line(self.node)
        return Found(path=self.source.path, line=line, message=message, patch=patch)


def read_endpoint(
    route: RouteContext, find_source: Callable[[str], Source | None]
) -> Endpoint | None:
    """Return a route as rules read it; `None` where no file of the service defines it.

    Args:
        route: What FastAPI knows.
        find_source: Returns a file of the service by its whole path.
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


def _calls_of(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for part in dependant.dependencies:
        if part.call is not None:
            yield part.call
        yield from _calls_of(part)
