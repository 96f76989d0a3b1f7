"""Rate limits: how often one client may call a route.

    @router.post("/sessions", dependencies=[Depends(RateLimit("5/minute"))])

The client is the user if there is one, else the client's address, which is the proxy's unless
uvicorn trusts that proxy (`FORWARDED_ALLOW_IPS`). Every response has the `RateLimit` and
`RateLimit-Policy` headers of the IETF draft, and OpenAPI documents the 429 automatically.

A window starts with a client's first request. Each process counts for itself, unless a module
provides a `RateLimitBackend` that all processes share.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Network, ip_address
from math import ceil
from time import monotonic
from typing import ClassVar, Protocol

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

from app.core.api.routing import Guard
from app.core.context import current_request
from app.core.errors import TooManyRequests
from app.core.services import find, get
from app.settings import RATE_PATTERN, Settings

MAX_LOCAL_WINDOWS = 100_000
"""The most clients that one process tracks; beyond that the oldest windows are dropped."""

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_IPV6_OF_ONE_CLIENT = 64  # bits: a client with one such address has the whole network


class RateLimited(TooManyRequests):
    """The client exceeded a rate limit."""

    code = "rate_limited"


@dataclass(frozen=True, slots=True)
class Window:
    """The current window of a client.

    Attributes:
        count: Requests so far, this one included.
        seconds_left: Seconds until the window ends.
    """

    count: int
    seconds_left: float


class RateLimitBackend(Protocol):
    """The place where requests are counted."""

    async def hit(self, key: str, *, seconds: int) -> Window:
        """Count a request.

        Args:
            key: The limit and the client.
            seconds: The length of the window, if this request starts one.
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
            self._windows.pop(key, None)  # keeps the dictionary ordered by start
            self._make_room(now)
            end, count = now + seconds, 0
        self._windows[key] = (end, count + 1)
        return Window(count + 1, min(end - now, seconds))  # the sum is rounded

    def clear(self) -> None:
        """Forget all requests; for tests."""
        self._windows.clear()

    def _make_room(self, now: float) -> None:
        if len(self._windows) < MAX_LOCAL_WINDOWS:
            return
        self._windows = {key: window for key, window in self._windows.items() if window[0] > now}
        for key in list(self._windows)[: len(self._windows) - MAX_LOCAL_WINDOWS * 3 // 4]:
            del self._windows[key]  # a quarter at once, so that sweeps are rare


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
        name = self.name or request.scope["route"].name
        await self._count(name, client_key(request))

    async def count(self, subject: str) -> None:
        """Count against a subject other than the client, such as attempts at one account.

        Args:
            subject: The subject; the limit must have a name.

        Raises:
            RateLimited: The limit is exceeded.
        """
        if self.name is None:
            message = f"RateLimit({self.rate!r}) needs a name to count by subject"
            raise ValueError(message)
        await self._count(self.name, f"subject:{subject}")

    async def _count(self, name: str, client: str) -> None:
        key = f"rate:{name}:{self.rate}:{client}"
        window = await get(RateLimitBackend).hit(key, seconds=self.seconds)
        left, wait = max(0, self.amount - window.count), max(1, ceil(window.seconds_left))
        if request := current_request():
            policy = f'"{name}";q={self.amount};w={self.seconds}'
            request.response_headers += [
                (b"ratelimit-policy", policy.encode("ascii", "replace")),
                (b"ratelimit", f'"{name}";r={left};t={wait}'.encode("ascii", "replace")),
            ]
        if window.count > self.amount:
            raise RateLimited(headers={"Retry-After": str(wait)})


class NoRateLimit(Guard):
    """Exempts a route from the default limit: `dependencies=[Depends(NoRateLimit())]`."""

    order: ClassVar[int] = RateLimit.order

    async def __call__(self) -> None:
        """Pass every request."""


def default_limits(settings: Settings) -> list[Dependency]:
    """Return the limit of routes that declare none, unless the settings switch it off."""
    if settings.rate_limit == "off":
        return []
    return [Depends(RateLimit(settings.rate_limit, name="default", overridable=True))]


def client_key(request: Request) -> str:
    """Return the key that identifies the client: the user, else the address."""
    known = current_request()
    if known and known.user_id:
        return f"user:{known.user_id}"
    return f"address:{_network_of(request.client.host) if request.client else 'unknown'}"


@lru_cache(maxsize=4096)
def _network_of(host: str) -> str:
    """Return an IPv4 address without its port, and an IPv6 address as the network of its client.

    A proxy may forward anything: a port (`1.2.3.4:80`, `[::1]:80`), a zone, or no address at all
    (`unix:`). Text that is no address is one client, so that varying it gives no new limit.
    """
    bare = host.removeprefix("[").partition("]")[0].partition("%")[0]
    before, _, port = bare.rpartition(":")
    try:
        address = ip_address(before if "." in before and port.isdecimal() else bare)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _IPV6_OF_ONE_CLIENT), strict=False))
