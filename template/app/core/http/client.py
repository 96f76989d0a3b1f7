"""Calling other services: bounded in time, attempts and bytes, and not while they are failing.

    async with HttpClient("weather", base_url=settings.weather_url) as client:
        response = await client.request("GET", "/today", params={"city": "Bern"})

One client per service, opened in the module's `open`. What goes wrong is an error of
`upstream_errors`, which becomes the error envelope: such routes declare `errors(*UPSTREAM_ERRORS)`.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from random import uniform
from time import perf_counter
from typing import Self, TypedDict, Unpack

import httpx2
import stamina
import structlog

from app.core.context import add_upstream_time
from app.core.http.circuit_breaker import Call, CircuitBreaker
from app.core.http.errors import UpstreamError, UpstreamFailed, UpstreamTimedOut
from app.core.http.retry_after import parse_retry_after

REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
BACKOFF_SECONDS = 0.2
"""The pause before the second attempt, doubled before the third; chance adds up to as much."""

_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
_BROKEN = (httpx2.NetworkError, httpx2.RemoteProtocolError, httpx2.ProxyError)

log = structlog.get_logger()
_retry = stamina.AsyncRetryingCaller(attempts=3, timeout=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How many seconds one step of an attempt may take.

    Attributes:
        connect: Until the connection stands.
        read: Until the next bytes arrive.
        write: Until the next bytes are taken.
        pool: Until a connection is free.
    """

    connect: float = 3.0
    read: float = 5.0
    write: float = 5.0
    pool: float = 3.0


class Parts(TypedDict, total=False):
    """What a request consists of; `content` may be an iterator, which is sent as it comes."""

    params: Mapping[str, str | int | Sequence[str]]
    headers: Mapping[str, str]
    json: object
    content: str | bytes | AsyncIterable[bytes]


@dataclass(slots=True)
class _Order:
    """A request, and what is known of sending it."""

    request: httpx2.Request
    ends: float
    is_whole: bool
    may_repeat: bool
    attempts: int = 0


class HttpClient:
    """Calls one other service; see the module for how, and `request` for what comes back."""

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        deadline: float = 10.0,
        max_bytes: int = 10_000_000,
        breaker: CircuitBreaker | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare to call a service; nothing is connected yet.

        Args:
            name: What logs and readiness call the service.
            base_url: Where it is; no request leaves this origin, since the headers go with each.
            headers: Sent with every request.
            timeouts: Of the steps of an attempt.
            deadline: How many seconds a request may take with all attempts and pauses.
            max_bytes: How large the body of an answer may be.
            breaker: When to leave the service alone, if the usual is not right.
            transport: For tests: what answers in place of the network.
        """
        self.name = name
        self.breaker = breaker or CircuitBreaker(name)
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._client = httpx2.AsyncClient(  # noqa: TID251 - here is what guards it
            base_url=base_url,
            headers=dict(headers or {}),
            timeout=httpx2.Timeout(**asdict(timeouts or Timeouts())),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # of one user, to another
            follow_redirects=False,
            transport=transport,
            trust_env=httpx2.URL(base_url).host not in _THIS_MACHINE,  # no proxy leads back here
        )
        self._client.headers["Accept-Encoding"] = "identity"  # else a small body could unfold

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ping(self) -> None:
        """Raise while every call is refused; for `Module.ping`. Asks nothing of the service.

        Passes as soon as a probe may be sent: a process that is sent no requests until it is
        ready would never send one.

        Raises:
            UpstreamUnavailable: The circuit breaker is open.
        """
        if self.breaker.is_open:
            raise self.breaker.refusal()

    async def request(
        self,
        method: str,
        url: str,
        *,
        idempotency_key: str | None = None,
        deadline: float | None = None,
        retry: bool | None = None,
        **parts: Unpack[Parts],
    ) -> httpx2.Response:
        """Send a request, again if it fails and that is safe, and return the whole answer.

        Args:
            method: GET, HEAD, PUT, DELETE and OPTIONS are repeated by themselves.
            url: A path, or a URL at the same origin.
            idempotency_key: Sent as `Idempotency-Key`; makes any method one that is repeated.
            deadline: In seconds, in place of the client's.
            retry: Whether to repeat, whatever the method. An iterated `content` never is.
            parts: See `Parts`.

        Returns:
            An answer below 500 other than 429: what a 4xx means is the caller's to say.

        Raises:
            UpstreamUnavailable: The service is left alone, since it keeps failing.
            UpstreamFailed: It answered 5xx, 429 or too much, or broke the connection.
            UpstreamTimedOut: A step took too long, or the deadline has come.
        """
        order = self._order(method, url, deadline, parts, key=idempotency_key, retry=retry)
        with self._noted(order):
            return await _retry(partial(self._pause, order), self._attempt, order)

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, *, deadline: float | None = None, **parts: Unpack[Parts]
    ) -> AsyncIterator[httpx2.Response]:
        """Send a request once, and give its answer with the body still to be read.

        `deadline` is when the body has to begin; from then on the timeouts hold. The rest, errors
        included, is as for `request`; a body that breaks off is `UpstreamFailed` too.
        """
        order = self._order(method, url, deadline, parts)
        with self._noted(order):
            async with self._exchange(order) as (response, call, timeout):
                timeout.reschedule(None)
                call.succeeded()
                yield response

    def _order(
        self,
        method: str,
        url: str,
        deadline: float | None,
        parts: Parts,
        *,
        key: str | None = None,
        retry: bool | None = None,
    ) -> _Order:
        request = self._client.build_request(
            method,
            url,
            params=parts.get("params"),
            headers=parts.get("headers"),
            json=parts.get("json"),
            content=parts.get("content"),
        )
        full, base = request.url, self._client.base_url
        if (full.scheme, full.netloc) != (base.scheme, base.netloc):
            message = f"{self.name} is not at {full.host}: make a client for that service"
            raise ValueError(message)
        if key is not None:
            request.headers["Idempotency-Key"] = key
        if retry is None:
            retry = key is not None or request.method in REPEATABLE_METHODS
        seconds = self._deadline if deadline is None else deadline
        ends = asyncio.get_running_loop().time() + seconds
        is_whole = isinstance(request.stream, httpx2.ByteStream)
        return _Order(request, ends=ends, is_whole=is_whole, may_repeat=retry and is_whole)

    @contextmanager
    def _noted(self, order: _Order) -> Iterator[None]:
        """Count time and attempts, and log a failure."""
        started = perf_counter()
        try:
            yield
        except UpstreamError as error:
            method, attempts = order.request.method, order.attempts
            details = {"method": method, "reason": error.reason, "attempts": attempts}
            log.warning("upstream_failed", upstream=self.name, **details)
            raise
        finally:
            add_upstream_time(perf_counter() - started, calls=order.attempts)

    async def _attempt(self, order: _Order) -> httpx2.Response:
        async with self._exchange(order) as (response, call, _):
            body = await self._read(response)
            call.succeeded()
        status, headers = response.status_code, response.headers
        return httpx2.Response(status, headers=headers, content=body, request=order.request)

    async def _read(self, response: httpx2.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise UpstreamFailed(self.name, "encoded body", may_pass=False)
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._max_bytes:
                raise UpstreamFailed(self.name, "body too large", may_pass=False)
        return bytes(body)

    @asynccontextmanager
    async def _exchange(
        self, order: _Order
    ) -> AsyncIterator[tuple[httpx2.Response, Call, asyncio.Timeout]]:
        """Send once; whatever fails until the end of the block is an `UpstreamError`."""
        with self.breaker.admit() as call:
            order.attempts += 1
            timeout = asyncio.timeout_at(order.ends)
            try:
                async with timeout:
                    response = await self._client.send(order.request, stream=True)
                    try:
                        self._check_status(response, call)
                        yield response, call, timeout
                    finally:
                        await response.aclose()
            except httpx2.TimeoutException as error:
                if not isinstance(error, httpx2.PoolTimeout):  # it has not seen the request
                    call.failed()
                raise UpstreamTimedOut(self.name, type(error).__name__) from error
            except _BROKEN as error:
                call.failed()
                raise UpstreamFailed(self.name, type(error).__name__) from error
            except TimeoutError as error:
                if not timeout.expired():
                    raise
                if order.is_whole:  # else it may be our own caller who is slow
                    call.failed()
                raise UpstreamTimedOut(self.name, "deadline") from error

    def _check_status(self, response: httpx2.Response, call: Call) -> None:
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            call.failed()
        elif response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            call.succeeded()  # it works; we are to ask less, not to give it up
        else:
            return
        wait = parse_retry_after(response.headers.get("Retry-After", ""))
        raise UpstreamFailed(self.name, str(response.status_code), retry_after=wait)

    def _pause(self, order: _Order, error: Exception) -> float | bool:
        """Return the seconds until the next attempt, or that there is none."""
        if not isinstance(error, UpstreamError) or not error.may_pass:
            return False
        if not order.may_repeat or self.breaker.is_open:
            return False
        backoff = BACKOFF_SECONDS * 2 ** (order.attempts - 1)
        pause = max(backoff, error.retry_after or 0) + uniform(0, backoff)  # noqa: S311 - no secret
        return pause if asyncio.get_running_loop().time() + pause < order.ends else False
