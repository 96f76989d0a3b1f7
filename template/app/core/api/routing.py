"""The router of a feature, and guards: dependencies that run once the user is known.

    router = Router(prefix=f"{API_V1}/notes", tags=["notes"])

Rate limits and idempotency keys are guards.
"""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, ClassVar, TypeVar

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

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def anonymous(reason: str) -> Callable[[Endpoint], Endpoint]:
    """Declare that anybody may send a request that changes data: `@anonymous("the sign-up")`.

    Args:
        reason: The reason, for reviewers. `make review` reports such a route without one.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["anonymous"] = reason
        return endpoint

    return mark


class Guard:
    """A dependency that runs after all others of its route, when the user is known.

    Attributes:
        order: Its position among the guards of a route.
        errors: The errors it raises, for OpenAPI.
        overridable: Whether another guard in the same position replaces it, as a route's own
            rate limit replaces the default one.
        required_headers: The headers that a request must have, for OpenAPI; in lower case.
    """

    order: ClassVar[int] = 0
    errors: ClassVar[tuple[type[AppError], ...]] = ()
    overridable: bool = False
    required_headers: tuple[str, ...] = ()

    def wrap(self, handle: Handler) -> Handler:
        """Return the handler to call in place of the route's own.

        Args:
            handle: Runs the dependencies and the endpoint, and returns the response as it will be
                sent, while the request's session is still open.
        """
        return handle


class GuardedRoute(APIRoute):
    """A route whose guards see its response too."""

    def get_route_handler(self) -> Handler:
        """Return the request handler, wrapped by every guard."""
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
    """The first route of the app: it tries only the routes whose path prefix fits the request.

    FastAPI tries every included router in turn, which costs a service with many of them more than
    the response itself. A request without a full match (404, 405, a redirect) is left to FastAPI.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        """Index the routes of an app in their order; routes added later are not in the index."""
        paths = [
            (
                route,
                {_prefix(_fixed_part(str(one.path))) for one in iter_route_contexts([route])},
            )
            for route in routes
        ]
        self._routes = {
            prefix: [
                route
                for route, others in paths
                if any(prefix[: len(other)] == other for other in others)
            ]
            for _, own in paths
            for prefix in own
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a route matches the request, and which one."""
        for route in self._routes.get(_prefix(get_route_path(scope)), ()):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, _FOUND: route}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the route that matched."""
        route: BaseRoute = scope.pop(_FOUND)
        await route.handle(scope, receive, send)

    def url_path_for(self, name: str, /, **_: object) -> URLPath:
        """Refuse: the routes themselves resolve their names."""
        raise NoMatchFound(name, {})


def _fixed_part(path: str) -> str:
    """Return a path up to the segment that holds its first parameter."""
    return path.partition("{")[0].rpartition("/")[0] if "{" in path else path


def _prefix(path: str) -> tuple[str, ...]:
    """Return the leading segments of a path that distinguish the routers of an API."""
    return tuple(path.split("/", _SEGMENTS + 1)[1 : _SEGMENTS + 1])


def api_routes(app: FastAPI) -> Iterator[RouteContext]:
    """Yield every endpoint of the app, with the prefixes of the routers around it."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield context


def matched_route(scope: Scope) -> object:
    """Return the route of a request as it was included, with the prefixes of its routers."""
    return scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")


def guards_of(route: object) -> list[Guard]:
    """Return the guards of a route in the order in which they run; a mounted app has none."""
    dependant: Dependant | None = getattr(route, "dependant", None)
    parts = dependant.dependencies if dependant else []
    return [part.call for part in parts if isinstance(part.call, Guard)]


def order_guards(app: FastAPI) -> None:
    """Run the guards of every route after its other dependencies; called before the app serves."""
    for route in api_routes(app):
        taken = {guard.order for guard in guards_of(route) if not guard.overridable}
        parts: list[Dependant] = route.dependant.dependencies
        parts[:] = sorted(
            (part for part in parts if not _is_overridden(part, taken)), key=_position
        )


def _is_overridden(part: Dependant, taken: set[int]) -> bool:
    return isinstance(part.call, Guard) and part.call.overridable and part.call.order in taken


def _position(part: Dependant) -> int:
    return part.call.order if isinstance(part.call, Guard) else -1
