"""A request to another service, on its way."""

from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import httpx2


class RequestParts(TypedDict, total=False):
    """The optional parts of a request; an iterator as `content` is streamed."""

    params: Mapping[str, str | int | Sequence[str]]
    headers: Mapping[str, str]
    json: object
    content: str | bytes | AsyncIterable[bytes]


@dataclass(slots=True, weakref_slot=True)
class PendingRequest:
    """A request with the state of its attempts."""

    request: httpx2.Request
    deadline: float  # by the event loop's clock
    is_buffered: bool  # a streamed body can be sent only once
    retries: bool
    takes_slot: bool = False  # of the bulkhead
    attempts: int = 0
