"""Rate limits: how often one client may call a route.

    @router.post("/sessions", dependencies=[Depends(RateLimit("5/minute"))])

The client is the user if there is one, else the client's address, which is the proxy's unless
uvicorn trusts that proxy (`FORWARDED_ALLOW_IPS`). Every response has the `RateLimit` and
`RateLimit-Policy` headers of the IETF draft, and OpenAPI documents the 429 automatically.

The algorithm is GCRA, a leaky bucket: a client may send the whole amount at once, and then gets one
request back at a time, so that no window has an edge. A request that is rejected before its
limit, for a body that is no JSON or a wrong token, counts all the same. Each process counts for
itself, unless a module provides a `RateLimitBackend` that all processes share.
"""

import re
from collections.abc import Coroutine, Iterator
from functools import lru_cache, wraps
from http import HTTPStatus
from math import ceil
from time import monotonic_ns
from typing import Any, ClassVar, NamedTuple, Protocol

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from starlette.responses import Response

from app.core.api.exception_handlers import ExceptionHandler, ExceptionHandlers, error_response
from app.core.api.routing import AsyncEndpoint, Guard, guards_of, matched_route
from app.core.context import current_request
from app.core.errors import TooManyRequests
from app.core.guards.clients import client_of, network_of
from app.core.services import find, get
from app.settings import RATE_PATTERN, Settings

MAX_LOCAL_CLIENTS = 100_000
"""The most clients that one process tracks; beyond that the oldest are dropped."""

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_MICROSECONDS = 1_000_000


class RateLimited(TooManyRequests):
    """The client exceeded a rate limit."""

    code = "rate_limited"


class Allowance(NamedTuple):
    """The quota of a client after a request.

    Attributes:
        is_exceeded: Whether the request was beyond the limit; it was not counted then.
        remaining: Requests that the client may still send at once.
        seconds: Seconds until it may send one more than that.
    """

    is_exceeded: bool
    remaining: int
    seconds: float


class RateLimitBackend(Protocol):
    """The place where requests are counted."""

    async def hit(self, key: str, *, amount: int, seconds: int, cost: int = 1) -> Allowance:
        """Count a request.

        Args:
            key: The limit and the client.
            amount: Requests that the client may send at once.
            seconds: The time in which it gets all of them back, one at a time.
            cost: Requests to count; a negative number gives them back.
        """


class InMemoryRateLimitBackend:
    """Counts in this process.

    Of each client it stores the time at which its quota is complete again, in microseconds.
    """

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._complete_at: dict[str, int] = {}

    async def hit(self, key: str, *, amount: int, seconds: int, cost: int = 1) -> Allowance:
        """Count a request; see `RateLimitBackend`."""
        now, interval = monotonic_ns() // 1000, interval_of(amount, seconds)
        used = max(self._complete_at.get(key, 0) - now, 0)
        after = max(used + cost * interval, 0)
        if after > amount * interval:
            return allowance_after(used, amount, interval, is_exceeded=True)
        if used == 0 or after == 0:
            self._complete_at.pop(key, None)  # keeps the dictionary ordered by start
            self._make_room(now)
        if after:
            self._complete_at[key] = now + after
        return allowance_after(after, amount, interval, is_exceeded=False)

    def clear(self) -> None:
        """Forget all requests; for tests."""
        self._complete_at.clear()

    def _make_room(self, now: int) -> None:
        if len(self._complete_at) < MAX_LOCAL_CLIENTS:
            return
        self._complete_at = {key: end for key, end in self._complete_at.items() if end > now}
        for key in list(self._complete_at)[: len(self._complete_at) - MAX_LOCAL_CLIENTS * 3 // 4]:
            del self._complete_at[key]  # a quarter at once, so that sweeps are rare


def interval_of(amount: int, seconds: int) -> int:
    """Return the microseconds after which a client gets one request back, rounded up."""
    return -(-seconds * _MICROSECONDS // amount)


def allowance_after(used: int, amount: int, interval: int, *, is_exceeded: bool) -> Allowance:
    """Return the allowance of a client whose quota is complete in `used` microseconds."""
    remaining = amount - -(-used // interval)
    until_next = used - (amount - remaining - 1) * interval if used else 0
    return Allowance(is_exceeded, remaining, until_next / _MICROSECONDS)


def clear_rate_limits() -> None:
    """Forget the requests that this process has counted; for tests."""
    if backend := find(InMemoryRateLimitBackend):
        backend.clear()


class RateLimit(Guard):
    """A dependency that counts requests and rejects those beyond the limit."""

    order: ClassVar[int] = 1
    errors = (RateLimited,)

    def __init__(self, rate: str, *, name: str | None = None, overridable: bool = False) -> None:
        """Declare a limit.

        Args:
            rate: Requests per time: `10/second`, `100/minute`, `5/hour`, `20/day`.
            name: Routes with the same name share a limit; without a name, each route has its own.
            overridable: Whether a route's own limit replaces this one, as for a default.

        Raises:
            ValueError: The rate or the name is invalid.
        """
        parsed = re.fullmatch(RATE_PATTERN, rate)
        if parsed is None:
            message = f"RateLimit({rate!r}): write it like 100/minute (second, minute, hour, day)"
            raise ValueError(message)
        if name is not None and not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            message = f"RateLimit(name={name!r}): use lower-case letters, digits, _ and -"
            raise ValueError(message)
        self.rate = rate
        self.amount = int(parsed[1])
        self.seconds = _SECONDS[parsed[2]]
        self.name = name
        self.overridable = overridable

    async def __call__(self, request: Request) -> None:
        """Count the current request; FastAPI calls this.

        Raises:
            RateLimited: The limit is exceeded.
        """
        await self._count_client(request.scope["route"].name)

    def precede(self, endpoint: AsyncEndpoint, route_name: str) -> AsyncEndpoint:
        """Return an endpoint that counts the request first."""

        @wraps(endpoint)
        async def count_and_call(**values: Any) -> Any:  # noqa: ANN401 - those of the endpoint
            await self._count_client(route_name)
            return await endpoint(**values)

        return count_and_call

    async def _count_client(self, route_name: str) -> None:
        name, client = self.name or route_name, "address:unknown"
        if request := current_request():
            request.is_counted = True
            client = client_of(request)
        self._admit(name, await self._hit(name, client))

    async def count(self, subject: str) -> Allowance:
        """Count against a subject other than the client, such as attempts at one account.

        Args:
            subject: The subject; the limit must have a name.

        Raises:
            RateLimited: The limit is exceeded.
        """
        allowance = await self.try_count(subject)
        self._admit(str(self.name), allowance)
        return allowance

    async def try_count(self, subject: str, *, cost: int = 1) -> Allowance:
        """Count against a subject, without an error or a header of the response.

        Args:
            subject: The subject; the limit must have a name.
            cost: Requests to count; 0 only looks, and a negative number gives them back.
        """
        if self.name is None:
            message = f"RateLimit({self.rate!r}) needs a name to count by subject"
            raise ValueError(message)
        return await self._hit(self.name, f"subject:{subject}", cost=cost)

    async def forgive(self, subject: str) -> None:
        """Give a subject its whole quota back."""
        await self.try_count(subject, cost=-self.amount)

    def _hit(self, name: str, client: str, *, cost: int = 1) -> Coroutine[Any, Any, Allowance]:
        key = f"rate:{name}:{self.rate}:{client}"
        backend = get(RateLimitBackend)
        return backend.hit(key, amount=self.amount, seconds=self.seconds, cost=cost)

    def _admit(self, name: str, allowance: Allowance) -> None:
        wait = max(1, ceil(allowance.seconds))
        if request := current_request():
            policy, quoted = _policy(name, self.amount, self.seconds)
            state = b"%b;r=%d;t=%d" % (quoted, allowance.remaining, wait)
            request.response_headers += ((b"ratelimit-policy", policy), (b"ratelimit", state))
        if allowance.is_exceeded:
            raise RateLimited(headers={"Retry-After": str(wait)})


@lru_cache(maxsize=1024)
def _policy(name: str, amount: int, seconds: int) -> tuple[bytes, bytes]:
    """Return the value of `RateLimit-Policy`, and the quoted name for `RateLimit`."""
    quoted = f'"{name}"'.encode("ascii", "replace")
    return b"%b;q=%d;w=%d" % (quoted, amount, seconds), quoted


class NoRateLimit(Guard):
    """Exempts a route from the default limit: `dependencies=[Depends(NoRateLimit())]`."""

    order: ClassVar[int] = RateLimit.order

    async def __call__(self) -> None:
        """Pass every request."""

    def precede(self, endpoint: AsyncEndpoint, route_name: str) -> AsyncEndpoint:  # noqa: ARG002 - others need it
        """Return the endpoint as it is."""
        return endpoint


def default_limits(settings: Settings) -> list[Dependency]:
    """Return the limit of routes that declare none, unless the settings switch it off."""
    if settings.rate_limit == "off":
        return []
    return [Depends(RateLimit(settings.rate_limit, name="default", overridable=True))]


def counting_rejections(handlers: ExceptionHandlers) -> ExceptionHandlers:
    """Return exception handlers that count the requests that were rejected before their limit.

    FastAPI parses a body before it runs the dependencies, and the user is authenticated before
    the limit: without this, malformed bodies and wrong tokens would cost a client nothing.
    """
    return {kind: _counting(handler) for kind, handler in handlers.items()}


def _counting(handle: ExceptionHandler) -> ExceptionHandler:
    @wraps(handle)
    async def handle_counted(request: Request, error: Any) -> Response:  # noqa: ANN401 - any exception
        response = await handle(request, error)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return response
        try:
            for limit in _uncounted_limits(request):
                await limit(request)
        except RateLimited as limited:
            return error_response(limited)
        return response

    return handle_counted


def _uncounted_limits(request: Request) -> Iterator[RateLimit]:
    """Yield the limits of the request's route, unless they were counted."""
    known = current_request()
    if known and not known.is_counted:
        guards = guards_of(matched_route(request.scope))
        yield from (guard for guard in guards if isinstance(guard, RateLimit))


def client_key(_request: Request) -> str:
    """Return the key that identifies the client: the user, else the address."""
    known = current_request()
    return client_of(known) if known else "address:unknown"


def current_network() -> str:
    """Return the network that the current request comes from."""
    known = current_request()
    return network_of(known.address or "") if known else "unknown"
