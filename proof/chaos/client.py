"""The connection of a client to the service: requests, retries, and a check of each response."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from proof.chaos.ledger import Ledger, Write

API = "/api/v1"
PAUSE_SECONDS = 0.2
MOST_PAUSE_SECONDS = 2.0
TIMEOUT_SECONDS = 60.0
LEAVING_SECONDS = 0.05
SHOWN = 120  # characters of a response in a finding
RETRIED = {408, 409, 425, 429, 500, 502, 503, 504}


class GivenUp(Exception):
    """The run ended before a write was acknowledged, or the service refused it."""


@dataclass
class Client:
    """A client with an address of its own on this machine.

    Attributes:
        http: Its connections.
        ledger: The ledger of the run.
        token: The token of its session.
        leaves: Whether it closes connections before the response arrives.
        may_send: Cleared while a load balancer would keep its requests from the service.
        closing: Set when nothing new is begun.
        stopping: Set when no further attempts are made.
    """

    http: httpx2.AsyncClient
    ledger: Ledger
    token: str = ""
    leaves: bool = False
    may_send: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Begin with the service in reach."""
        self.may_send.set()

    async def send(
        self,
        method: str,
        path: str,
        **request: Any,  # noqa: ANN401 - as httpx2 takes them
    ) -> httpx2.Response | None:
        """Send a request once.

        Args:
            method: The HTTP method.
            path: The path below `/api/v1`.
            request: The parts of the request, as httpx2 takes them.

        Returns:
            The response; `None` if the connection failed or broke.
        """
        await self.may_send.wait()
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request["headers"] = headers | request.get("headers", {})
        with self.ledger.timed() as outcome:
            try:
                response = await self.http.request(method, API + path, **request)
            except httpx2.ConnectError:
                return None
            except httpx2.TransportError as error:
                self.ledger.broken.append((self.ledger.phase, f"{method} {path}: {error!r}"))
                return None
            outcome.append(response.is_success and method != "GET")
        if problem := _problem_of(response):
            self.ledger.find("outside", f"{method} {path}: {problem}")
        return response

    async def leave(self, method: str, path: str, **request: Any) -> None:  # noqa: ANN401
        """Send a request, and close the connection before the response arrives."""
        sending = asyncio.create_task(self.send(method, path, **request))
        await asyncio.sleep(random.uniform(0, LEAVING_SECONDS))
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    async def write(
        self,
        write: Write,
        method: str,
        path: str,
        *,
        also: Mapping[int, str] | None = None,
        key: str = "",
        **request: Any,  # noqa: ANN401
    ) -> httpx2.Response:
        """Repeat a request until the service has acknowledged it.

        Args:
            write: The change that it asks for.
            method: The HTTP method.
            path: The path below `/api/v1`.
            also: Further statuses that end the repetition, with the reason.
            key: The Idempotency-Key of all attempts.
            request: The parts of the request.

        Returns:
            The response that acknowledged it, or has one of the further statuses.

        Raises:
            GivenUp: The run has ended, or the service refused the request.
        """
        if key:
            request["headers"] = {"Idempotency-Key": key} | request.get("headers", {})
        while not self.stopping.is_set():
            write.attempts += 1
            if self.leaves and write.attempts == 1:
                await self.leave(method, path, **request)
                continue
            response = await self.send(method, path, **request)
            if response is not None and response.is_success:
                write.acknowledged = True
                return response
            if response is not None and response.status_code in (also or {}):
                return response
            if response is not None and response.status_code not in RETRIED:
                text = (
                    f"{method} {path} was refused: {response.status_code} {response.text[:SHOWN]}"
                )
                self.ledger.find("outside", text, phase=write.phase)
                raise GivenUp
            await asyncio.sleep(_pause_of(response))
        raise GivenUp


def _pause_of(response: httpx2.Response | None) -> float:
    """Return the seconds until the next attempt: those of Retry-After, but not many."""
    wanted = response.headers.get("retry-after", "") if response is not None else ""
    seconds = float(wanted) if wanted.isdigit() else PAUSE_SECONDS
    return min(seconds, MOST_PAUSE_SECONDS) * random.uniform(0.5, 1)


def _problem_of(response: httpx2.Response) -> str | None:
    """Return why a response is outside the two envelopes, or is an unexpected error."""
    is_failure = response.status_code == httpx2.codes.INTERNAL_SERVER_ERROR
    if not is_failure and (_is_file(response) or _has_envelope(response)):
        return None
    return f"{response.status_code} {response.text[:SHOWN]}"


def _is_file(response: httpx2.Response) -> bool:
    """Return whether a response is a success without JSON: a file, or nothing."""
    is_empty = response.status_code == httpx2.codes.NO_CONTENT and not response.content
    is_json = response.headers.get("content-type", "").startswith("application/json")
    return is_empty or (response.is_success and not is_json)


def _has_envelope(response: httpx2.Response) -> bool:
    try:
        body: dict[str, Any] = response.json()
    except ValueError:
        return False
    if response.is_success:
        return "data" in body
    return {"code", "message", "request_id"} <= body.get("error", {}).keys()
