"""Rate limits: how often one caller may use a route.

    @router.post("/sessions", dependencies=[Depends(RateLimit("5/minute"))])

The caller is the user once that is known, else the client's address, which is the proxy's unless
uvicorn trusts that proxy (`FORWARDED_ALLOW_IPS`). Every answer carries the draft's `RateLimit` and
`RateLimit-Policy` headers, and OpenAPI names the 429 by itself.

A window starts with a caller's first request. Each process counts for itself, unless `count_in`
says where all of them count together.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network
from math import ceil
from time import monotonic
from typing import ClassVar, Protocol

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

from app.core.api.routing import Guard
from app.core.services import get
from app.core.context import current_request
from app.core.errors import TooManyRequests
from app.settings import RATE_PATTERN, Settings

MAX_LOCAL_WINDOWS = 100_000
"""More callers than this are not told apart in one process: the longest known are forgotten."""

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_IPV6_OF_ONE_CLIENT = 64  # bits: whoever has one such address has the whole network


class RateLimited(TooManyRequests):
    """The caller has used this too often."""

    code = "rate_limited"


@dataclass(frozen=True, slots=True)
class Window:
    """How a caller stands in the present window.

    Attributes:
        count: Requests so far, this one included.
        seconds_left: Until the window ends.
    """

    count: int
    seconds_left: float


class RateLimitBackend(Protocol):
    """Where requests are counted."""

    async def hit(self, key: str, *, seconds: int) -> Window:
        """Count a request.

        Args:
            key: The limit and the caller.
            seconds: How long a window is, should this hit start one.
        """


class InMemoryRateLimitBackend:
    """Counts in this process."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._windows: dict[str, tuple[float, int]] = {}

    async def hit(self, key: str, *, seconds: int) -> Window:
        """Count a request; see `RateLimitBackend`."""
        now = monotonic()
        end, count = self._windows.get(key, (0.0, 0))
        if end <= now:
            self._windows.pop(key, None)  # so that the dictionary stays ordered by start
            self._make_room(now)
            end, count = now + seconds, 0
        self._windows[key] = (end, count + 1)
        return Window(count + 1, min(end - now, seconds))  # the sum was rounded

    def _make_room(self, now: float) -> None:
        if len(self._windows) < MAX_LOCAL_WINDOWS:
            return
        self._windows = {key: window for key, window in self._windows.items() if window[0] > now}
        for key in list(self._windows)[: len(self._windows) - MAX_LOCAL_WINDOWS * 3 // 4]:
            del self._windows[key]  # a quarter at once: the next such sweep is far away

    def clear(self) -> None:
        """Forget every count, as tests do."""
        self._windows.clear()


class RateLimit(Guard):
    """A dependency that counts a request and refuses it when there were too many."""

    order: ClassVar[int] = 1
    errors = (RateLimited,)

    def __init__(self, rate: str, *, name: str | None = None, overridable: bool = False) -> None:
        """Declare a limit.

        Args:
            rate: How many requests in which time: `10/second`, `100/minute`, `5/hour`, `20/day`.
            name: Routes that name the same limit count together; without, each route for itself.
            overridable: Whether it leaves a route to that route's own limit, as a default does.

        Raises:
            ValueError: The rate, or the name, cannot be read.
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
        """Count the request that is being answered; FastAPI calls this.

        Raises:
            RateLimited: There were too many.
        """
        name = self.name or request.scope["route"].name
        await self._take(name, client_key(request))

    async def take(self, subject: str) -> None:
        """Count something that is no route, such as attempts at one account.

        Args:
            subject: What is counted; the limit must have a name.

        Raises:
            RateLimited: There were too many.
        """
        if self.name is None:
            message = f"RateLimit({self.rate!r}) needs a name to be taken by hand"
            raise ValueError(message)
        await self._take(self.name, f"subject:{subject}")

    async def _take(self, name: str, caller: str) -> None:
        key = f"rate:{name}:{self.rate}:{caller}"
        hits = await get(RateLimitBackend).hit(key, seconds=self.seconds)
        left, wait = max(0, self.amount - hits.count), max(1, ceil(hits.seconds_left))
        if request := current_request():
            policy = f'"{name}";q={self.amount};w={self.seconds}'
            request.response_headers += [
                (b"ratelimit-policy", policy.encode("ascii", "replace")),
                (b"ratelimit", f'"{name}";r={left};t={wait}'.encode("ascii", "replace")),
            ]
        if hits.count > self.amount:
            raise RateLimited(headers={"Retry-After": str(wait)})


class NoRateLimit(Guard):
    """Keeps the default limit away from a route: `dependencies=[Depends(NoRateLimit())]`."""

    order: ClassVar[int] = RateLimit.order

    async def __call__(self) -> None:
        """Let every request pass."""


def default_limits(settings: Settings) -> list[Dependency]:
    """Return the limit of the routes that declare none, if the settings name one."""
    if settings.rate_limit is None:
        return []
    return [Depends(RateLimit(settings.rate_limit, name="default", overridable=True))]


def client_key(request: Request) -> str:
    """Return who is asking: the user, else the client's address."""
    known = current_request()
    if known and known.user_id:
        return f"user:{known.user_id}"
    return f"address:{_network_of(request.client.host) if request.client else 'unknown'}"


@lru_cache(maxsize=4096)
def _network_of(host: str) -> str:
    """Return an IPv4 address as it is, and an IPv6 address as the network of its client."""
    if ":" not in host:
        return host
    address = IPv6Address(host.partition("%")[0])
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _IPV6_OF_ONE_CLIENT), strict=False))
