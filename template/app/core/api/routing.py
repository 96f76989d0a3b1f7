"""The router of a feature, and what checks a request once it is known who asks."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, ClassVar

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.datastructures import URLPath
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound, get_route_path
from starlette.types import Receive, Scope, Send

from app.core.errors import AppError

_FOUND = "app.found_route"
_SEGMENTS = 3  # as in /api/v1/notes

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Guard:
    """A dependency that runs after all others of its route: only then is the user known.

    Attributes:
        order: Its place among the guards of a route.
        errors: What it raises, for OpenAPI.
        overridable: Whether it leaves a route that has another guard in this place to that one.
    """

    order: ClassVar[int] = 0
    errors: ClassVar[tuple[type[AppError], ...]] = ()
    overridable: bool = False

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
    """An `APIRouter` whose `prefix` is its whole path, as in `Router(prefix=f"{API_V1}/notes")`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - those of an APIRouter
        """Make a router; takes what an `APIRouter` takes."""
        options.setdefault("route_class", GuardedRoute)
        super().__init__(**options)


class RouteIndex(BaseRoute):
    """Stands before all routes, and tries only those whose path begins as the request's does.

    FastAPI tries every router in turn, which costs a service with a dozen of them more than the
    answer itself. What is not found here (404, 405, a redirect) is left to FastAPI.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        """Index the routes of an app, in their order; those that come later are not in it."""
        paths = [
            (
                route,
                {_beginning(_fixed_part(str(one.path))) for one in iter_route_contexts([route])},
            )
            for route in routes
        ]
        self._routes = {
            beginning: [
                route
                for route, others in paths
                if any(beginning[: len(other)] == other for other in others)
            ]
            for _, own in paths
            for beginning in own
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a route takes the request, and which."""
        for route in self._routes.get(_beginning(get_route_path(scope)), ()):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, _FOUND: route}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route that was found answer."""
        route: BaseRoute = scope.pop(_FOUND)
        await route.handle(scope, receive, send)

    def url_path_for(self, name: str, /, **_: object) -> URLPath:
        """Leave it to the routes themselves."""
        raise NoMatchFound(name, {})


def _fixed_part(path: str) -> str:
    """Return a path up to the segment with its first parameter."""
    return path.partition("{")[0].rpartition("/")[0] if "{" in path else path


def _beginning(path: str) -> tuple[str, ...]:
    """Return the first segments of a path, as many as tell the routers of an API apart."""
    return tuple(path.split("/", _SEGMENTS + 1)[1 : _SEGMENTS + 1])


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
        taken = {guard.order for guard in guards_of(route) if not guard.overridable}
        parts: list[Dependant] = route.dependant.dependencies
        parts[:] = sorted((part for part in parts if not _gives_way(part, taken)), key=_place_of)


def _gives_way(part: Dependant, taken: set[int]) -> bool:
    return isinstance(part.call, Guard) and part.call.overridable and part.call.order in taken


def _place_of(part: Dependant) -> int:
    return part.call.order if isinstance(part.call, Guard) else -1
