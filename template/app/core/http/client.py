"""An HTTP client for other services: timeouts, bounded retries, a circuit breaker, a bulkhead.

    async with HttpClient("weather", base_url=settings.weather_url) as client:
        response = await client.request("GET", "/today", params={"city": "Bern"})

Open one client per service in the module's `open`, and provide it in the registry. Failures are
raised as the errors of `app.core.http`, which become the error envelope: a route that calls another
service declares `responses=errors(*UPSTREAM_ERRORS)`.
"""

import asyncio
import weakref
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from functools import cache, partial
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from random import uniform
from time import perf_counter
from typing import Any, Self, Unpack

import httpx2
import stamina
import structlog

from app.core.context import add_upstream_time
from app.core.http.bulkhead import Bulkhead
from app.core.http.circuit_breaker import Call, CircuitBreaker
from app.core.http.errors import UpstreamError, UpstreamFailed, UpstreamTimedOut
from app.core.http.requests import PendingRequest, RequestParts
from app.core.http.retry_after import parse_retry_after

REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
BACKOFF_SECONDS = 0.2
"""The delay before the second attempt, doubled before the third; jitter adds up to 100 %."""
SECONDS_IN_QUEUE = 1.0
"""How long a call waits while as many as possible are in flight."""

_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_CONNECTION_ERRORS = (httpx2.NetworkError, httpx2.RemoteProtocolError, httpx2.ProxyError)

log = structlog.get_logger()
_retry = stamina.AsyncRetryingCaller(attempts=3, timeout=None)
_tls_context = cache(httpx2.create_ssl_context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """The seconds to connect, to receive or send the next bytes, and to get a free connection."""

    connect: float = 3.0
    read: float = 5.0
    write: float = 5.0
    pool: float = 3.0


class HttpClient:
    """A client for one service, at one origin."""

    def __init__(  # noqa: PLR0913 - options by keyword, each with a default
        self,
        name: str,
        *,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        deadline: float = 10.0,
        max_bytes: int = 10_000_000,
        max_calls: int = 20,
        breaker: CircuitBreaker | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Create the client without connecting.

        Args:
            name: The service's name in logs and readiness checks.
            base_url: The service's URL. Requests to another origin are refused, since the
                headers may hold credentials.
            headers: Headers of every request.
            timeouts: Limits for the steps of an attempt.
            deadline: The limit for a request with all of its attempts and delays, in seconds.
            max_bytes: The largest response body to read.
            max_calls: The most calls at the same time. As many wait, for `SECONDS_IN_QUEUE`; any
                other is refused at once. Streams do not count: their pace is the caller's.
            breaker: A circuit breaker with other thresholds than the defaults.
            transport: A replacement for the network, for tests.
        """
        self.name = name
        self.breaker = breaker or CircuitBreaker(name)
        self._bulkhead = Bulkhead(
            name, calls=max_calls, waiting=max_calls, seconds=SECONDS_IN_QUEUE
        )
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._client = httpx2.AsyncClient(  # noqa: TID251 - the guarded client itself
            base_url=base_url,
            headers=dict(headers or {}),
            timeout=httpx2.Timeout(**asdict(timeouts or Timeouts())),
            # A client serves many users: a cookie of one must not be sent for another.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            transport=transport,
            verify=_tls_context(),  # 20 ms or more: load the certificates once
            trust_env=httpx2.URL(base_url).host not in _LOOPBACK_HOSTS,  # no proxy
        )
        # A compressed body of some kilobytes can expand to gigabytes (a decompression bomb), so
        # none is asked for and `_read` refuses one: max_bytes then bounds the memory too.
        self._client.headers["Accept-Encoding"] = "identity"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ping(self) -> None:
        """Raise `UpstreamUnavailable` while the circuit breaker is open; for `Module.ping`.

        It passes as soon as the breaker would admit a probe: a process that is unready gets no
        traffic, and without traffic it would never probe.
        """
        if self.breaker.is_open:
            raise self.breaker.open_error()

    async def request(
        self,
        method: str,
        url: str,
        *,
        idempotency_key: str | None = None,
        deadline: float | None = None,
        retry: bool | None = None,
        **parts: Unpack[RequestParts],
    ) -> httpx2.Response:
        """Send a request, retry it if that is safe, and return the response with its body.

        Args:
            method: GET, HEAD, PUT, DELETE and OPTIONS are retried.
            url: A path, or a URL of the same origin.
            idempotency_key: Sent as `Idempotency-Key`; makes any method one that is retried.
            deadline: Replaces the client's deadline, in seconds.
            retry: Whether to retry, regardless of the method; an iterated `content` never is.
            parts: See `RequestParts`.

        Returns:
            A response with a status below 500 other than 429; the caller interprets a 4xx.

        Raises:
            UpstreamUnavailable: The circuit breaker is open, or too many calls are in flight.
            UpstreamFailed: The response is 5xx, 429 or too large, or the connection failed.
            UpstreamTimedOut: A step or the whole request took too long.
        """
        pending = self._prepare(method, url, deadline, parts, key=idempotency_key, retry=retry)
        pending.takes_slot = pending.is_buffered
        # The retrier is a reference cycle: held by it, each body would stay until a collection.
        delay = partial(self._retry_delay, weakref.proxy(pending))
        with self._recorded(pending):
            return await _retry(delay, self._attempt, pending)

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, *, deadline: float | None = None, **parts: Unpack[RequestParts]
    ) -> AsyncIterator[httpx2.Response]:
        """Send a request once and yield the response before its body is read.

        The `deadline` holds until the body begins; then only the timeouts do. Errors are those of
        `request`; a body that breaks off is `UpstreamFailed` too.
        """
        pending = self._prepare(method, url, deadline, parts)
        with self._recorded(pending):
            async with self._send(pending) as (response, call, timeout):
                timeout.reschedule(None)
                call.succeeded()
                yield response

    def _prepare(
        self,
        method: str,
        url: str,
        deadline: float | None,
        parts: RequestParts,
        *,
        key: str | None = None,
        retry: bool | None = None,
    ) -> PendingRequest:
        options: dict[str, Any] = {**parts}  # a TypedDict may have more keys than it declares
        request = self._client.build_request(method, url, **options)
        target, base = request.url, self._client.base_url
        if (target.scheme, target.netloc) != (base.scheme, base.netloc):
            message = f"{self.name} is not at {target.host}: create a client for that service"
            raise ValueError(message)
        if key is not None:
            request.headers["Idempotency-Key"] = key
        if retry is None:
            retry = key is not None or request.method in REPEATABLE_METHODS
        seconds = self._deadline if deadline is None else deadline
        is_buffered = isinstance(request.stream, httpx2.ByteStream)
        return PendingRequest(
            request,
            deadline=asyncio.get_running_loop().time() + seconds,
            is_buffered=is_buffered,
            retries=retry and is_buffered,
        )

    @contextmanager
    def _recorded(self, pending: PendingRequest) -> Iterator[None]:
        """Add the time and the attempts to the request's context; log a failure."""
        started = perf_counter()
        try:
            yield
        except UpstreamError as error:
            details = {"method": pending.request.method, "attempts": pending.attempts}
            log.warning("upstream_failed", upstream=self.name, reason=error.reason, **details)
            raise
        finally:
            add_upstream_time(perf_counter() - started, calls=pending.attempts)

    async def _attempt(self, pending: PendingRequest) -> httpx2.Response:
        async with self._send(pending) as (response, call, _):
            body = await self._read(response)
            call.succeeded()
        status, headers = response.status_code, response.headers
        return httpx2.Response(status, headers=headers, content=body, request=pending.request)

    async def _read(self, response: httpx2.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise UpstreamFailed(self.name, "encoded body", retryable=False)
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._max_bytes:
                raise UpstreamFailed(self.name, "body too large", retryable=False)
        return bytes(body)

    @asynccontextmanager
    async def _send(
        self, pending: PendingRequest
    ) -> AsyncIterator[tuple[httpx2.Response, Call, asyncio.Timeout]]:
        """Make one attempt; any failure until the end of the block is an `UpstreamError`."""
        # The breaker admits attempts, not requests: it also stops the retries of requests in
        # flight. It counts the failures that the service causes, so not a full pool of ours.
        async with self._admit(pending) as call:
            pending.attempts += 1
            timeout = asyncio.timeout_at(pending.deadline)
            try:
                async with timeout:
                    response = await self._client.send(pending.request, stream=True)
                    try:
                        self._check_status(response, call)
                        yield response, call, timeout
                    finally:
                        await response.aclose()
            except httpx2.TimeoutException as error:
                if not isinstance(error, httpx2.PoolTimeout):  # nothing was sent
                    call.failed()
                raise UpstreamTimedOut(self.name, type(error).__name__) from error
            except _CONNECTION_ERRORS as error:
                call.failed()
                raise UpstreamFailed(self.name, type(error).__name__) from error
            except TimeoutError as error:
                if not timeout.expired():  # raised by the caller's block, not by the deadline
                    raise
                if pending.is_buffered:  # a streamed body may be slow because its source is
                    call.failed()
                raise UpstreamTimedOut(self.name, "deadline") from error

    @asynccontextmanager
    async def _admit(self, pending: PendingRequest) -> AsyncIterator[Call]:
        """Pass the breaker, then the bulkhead: an open breaker lets no call wait for a slot."""
        with self.breaker.admit() as call:
            if not pending.takes_slot:
                yield call
                return
            async with self._bulkhead.admit():
                yield call

    def _check_status(self, response: httpx2.Response, call: Call) -> None:
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            call.failed()
        elif response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            call.succeeded()  # the service works: it asks for fewer requests
        else:
            return
        wait = parse_retry_after(response.headers.get("Retry-After", ""))
        raise UpstreamFailed(self.name, str(response.status_code), retry_after=wait)

    def _retry_delay(self, pending: PendingRequest, error: Exception) -> float | bool:
        """Return the seconds until the next attempt, or `False` for none; stamina calls this."""
        if not isinstance(error, UpstreamError) or not error.retryable:
            return False
        if not pending.retries or self.breaker.is_open:
            return False
        backoff = BACKOFF_SECONDS * 2 ** (pending.attempts - 1)
        jitter = uniform(0, backoff)  # noqa: S311 - not a secret
        delay = max(backoff, error.retry_after or 0) + jitter
        # An attempt that could only begin after the deadline is not worth waiting for.
        in_time = asyncio.get_running_loop().time() + delay < pending.deadline
        return delay if in_time else False
