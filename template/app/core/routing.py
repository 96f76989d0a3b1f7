"""The router of a feature, and what checks a request once it is known who asks."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, ClassVar

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.responses import Response
from starlette.routing import Match, get_route_path
from starlette.types import Scope

from app.core.errors import AppError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Guard:
    """A dependency that runs after all others of its route: only then is the user known.

    Attributes:
        order: Its place among the guards of a route.
        errors: What it raises, for OpenAPI.
        gives_way: Whether it leaves a route that has another guard in this place to that one.
    """

    order: ClassVar[int] = 0
    errors: ClassVar[tuple[type[AppError], ...]] = ()
    gives_way: bool = False

    def wrap(self, handle: Handler) -> Handler:
        """Return what answers a request in place of the route's own handler.

        Args:
            handle: Runs the dependencies and the endpoint, and returns the answer as it will be
                sent, while the request's session is still open.
        """
        return handle


class GuardedRoute(APIRoute):
    """A route whose guards see its answer too."""

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        handle = super().get_route_handler()
        for declared in self.dependencies:
            if isinstance(declared.dependency, Guard):
                handle = declared.dependency.wrap(handle)
        return handle


class Router(APIRouter):
    """An `APIRouter` whose `prefix` is its whole path, as in `Router(prefix=f"{API_V1}/notes")`.

    FastAPI tries every route of every router in turn, which costs a service with a hundred routes
    more than the answer itself. This one compares its prefix first.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - those of an APIRouter
        """Make a router; takes what an `APIRouter` takes."""
        options.setdefault("route_class", GuardedRoute)
        super().__init__(**options)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a route of this router takes the request."""
        if not get_route_path(scope).startswith(self.prefix.partition("{")[0]):
            return Match.NONE, {}
        return super().matches(scope)


def api_routes(app: FastAPI) -> Iterator[RouteContext]:
    """Return every endpoint of the service, as it was included."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield context


def guards_of(route: RouteContext) -> list[Guard]:
    """Return what guards a route, in the order in which it is asked."""
    dependant: Dependant = route.dependant
    return [part.call for part in dependant.dependencies if isinstance(part.call, Guard)]


def put_guards_last(app: FastAPI) -> None:
    """Let the guards of every route run after its other dependencies; done before it is served."""
    for route in api_routes(app):
        taken = {guard.order for guard in guards_of(route) if not guard.gives_way}
        parts: list[Dependant] = route.dependant.dependencies
        parts[:] = sorted((part for part in parts if not _gives_way(part, taken)), key=_place_of)


def _gives_way(part: Dependant, taken: set[int]) -> bool:
    return isinstance(part.call, Guard) and part.call.gives_way and part.call.order in taken


def _place_of(part: Dependant) -> int:
    return part.call.order if isinstance(part.call, Guard) else -1
