"""The router of a feature, and guards: dependencies that run once the user is known.

    router = Router(prefix=f"{API_V1}/notes", tags=["notes"])

Rate limits and idempotency keys are guards.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack
from inspect import iscoroutinefunction
from typing import Any, ClassVar, NamedTuple, TypeVar

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.params import Form
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

# Private, as FastAPI has no public name for it: pyproject.toml pins the version.
from fastapi.telemetry._api import _route_selected
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, get_route_path
from starlette.types import ASGIApp, ExceptionHandler, Receive, Scope, Send

from app.core.errors import AppError

_PRECEDING = "preceding_guards"
_FILES = AsyncExitStack()  # of forms, which are left to FastAPI: it stays empty
_SEGMENTS = 3  # as in /api/v1/notes

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
AsyncEndpoint = Callable[..., Coroutine[Any, Any, Any]]
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

    def precede(self, endpoint: AsyncEndpoint, route_name: str) -> AsyncEndpoint | None:  # noqa: ARG002 - others need them
        """Return an endpoint that runs the guard first; `None` if FastAPI has to call the guard.

        A guard without dependencies can do so. It saves a request what FastAPI spends on solving a
        dependency, several times the work of a rate limit.

        Args:
            endpoint: The route's own, or as another guard precedes it.
            route_name: The name of the route.
        """
        return None

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


class _Candidate(NamedTuple):
    """A route that may take a request; only an endpoint has an `app`, to call at once."""

    path: str
    matches: Callable[[Scope], tuple[Match, Scope]]
    selected: Scope
    app: ASGIApp | None


class IndexedRouter:
    """Finds the endpoint of a request by the first segments of its path, and calls it.

    FastAPI tries every included router in turn, and matches the path again in the router that it
    has chosen: with many of them, that costs more than the response itself. A request without a
    full match (404, 405, a redirect) and one for a mounted app are left to FastAPI.
    """

    def __init__(self, router: APIRouter, handlers: Mapping[Any, ExceptionHandler]) -> None:
        """Index the routes of an app in their order; routes added later are left to FastAPI.

        Args:
            router: The router of the app.
            handlers: The exception handlers of the app, which an endpoint looks up in its scope.
        """
        self._router = router
        self._others = ExceptionMiddleware(AsyncExitStackMiddleware(router), handlers=handlers)
        self._handlers = self._others._exception_handlers, self._others._status_handlers
        candidates = [one for route in router.routes for one in _candidates_of(route)]
        paths = [(one, _prefix(_fixed_part(one.path))) for one in candidates]
        self._by_prefix = {
            prefix: [one for one, own in paths if prefix[: len(own)] == own] for _, prefix in paths
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        app = self._find(scope) if scope["type"] == "http" else None
        await (app or self._others)(scope, receive, send)

    def _find(self, scope: Scope) -> ASGIApp | None:
        """Return the endpoint of a request, which the scope then names; `None` for FastAPI's."""
        for candidate in self._by_prefix.get(_prefix(get_route_path(scope)), ()):
            match, child = candidate.matches(scope)
            if match is not Match.FULL:
                continue
            if candidate.app:
                scope.update(child, router=self._router, **candidate.selected)
                scope["starlette.exception_handlers"] = self._handlers
                scope["fastapi_middleware_astack"] = _FILES
                _route_selected(scope=scope, path=candidate.path)
            return candidate.app
        return None


def _candidates_of(route: BaseRoute) -> Iterator[_Candidate]:
    for context in iter_route_contexts([route]):
        original, effective = context.original_route, context._effective_route
        # FastAPI itself finds the limits of a form, which may be those of its router.
        is_endpoint = isinstance(original, APIRoute) and not _takes_form(context)
        yield _Candidate(
            path=str(context.path_format if is_endpoint else context.path),
            matches=effective.matches,
            selected={"route": original, "fastapi": {"effective_route_context": effective}},
            app=context.app if is_endpoint else None,
        )


def _takes_form(context: RouteContext) -> bool:
    return context.body_field is not None and isinstance(context.body_field.field_info, Form)


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
    if dependant is None:
        return []
    solved = [part.call for part in dependant.dependencies if isinstance(part.call, Guard)]
    return [*solved, *getattr(dependant.call, _PRECEDING, ())]


def order_guards(app: FastAPI) -> None:
    """Run the guards of every route after its other dependencies; called before the app serves."""
    for route in api_routes(app):
        taken = {guard.order for guard in guards_of(route) if not guard.overridable}
        parts: list[Dependant] = route.dependant.dependencies
        parts[:] = sorted(
            (part for part in parts if not _is_overridden(part, taken)), key=_position
        )
        _let_guards_precede(route.dependant, str(route.name))


def _let_guards_precede(dependant: Dependant, route_name: str) -> None:
    """Turn the last dependencies into calls in front of the endpoint, where they are guards."""
    preceding: list[Guard] = []
    while iscoroutinefunction(dependant.call) and dependant.dependencies:
        guard = dependant.dependencies[-1].call
        call = isinstance(guard, Guard) and guard.precede(dependant.call, route_name)
        if not call:
            break
        preceding.insert(0, guard)
        dependant.dependencies.pop()
        dependant.call = call
    if preceding:
        dependant.call.__dict__[_PRECEDING] = preceding


def _is_overridden(part: Dependant, taken: set[int]) -> bool:
    return isinstance(part.call, Guard) and part.call.overridable and part.call.order in taken


def _position(part: Dependant) -> int:
    return part.call.order if isinstance(part.call, Guard) else -1
