"""uvicorn's HTTP protocol with limits on what a client sends before there is a request.

uvicorn's parser keeps whatever arrives until the headers are complete, and waits for it without
limit. A connection goes through these steps, again for each request:

    SILENT  nothing has arrived: closed after `header_timeout_seconds` on a new connection, and
            after `keep_alive_seconds` on a used one
    HEAD    a request has begun: its URL and headers are limited in bytes, number and time
    BODY    the headers are complete: the body must keep to a minimum rate

A violation gets the error envelope if no response has begun. Then the connection is closed.
"""

import asyncio
from enum import Enum, auto
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.core.errors import AppError
from app.core.server.connections import ConnectionTable
from app.core.server.errors import (
    HeadersTooLarge,
    MalformedRequest,
    RequestTimeout,
    TooManyConnections,
    UrlTooLong,
    encode_error,
)
from app.core.services import get

LINGER_SECONDS = 0.5
"""How long input is discarded after a refusal; closing at once could destroy the response."""


class Step(Enum):
    """The part of a request that the client sends next."""

    SILENT = auto()
    HEAD = auto()
    BODY = auto()


class LimitedProtocol(HttpToolsProtocol):
    """The protocol of one connection. It overrides private names of uvicorn's pinned version."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Create a connection, as uvicorn does. The module `server` provides the table."""
        super().__init__(config, server_state, app_state, _loop)
        self.url = b""
        self.headers = []
        self._table = get(ConnectionTable)
        self._limits = self._table.settings
        self._step = Step.SILENT
        self._progressed = False
        self._bytes_without_progress = 0
        self._bytes_of_chunk = 0
        self._bytes_of_head = 0
        self._error: AppError | None = None
        self._refused = False
        self._closes_after_request = False
        self._read_timer: asyncio.TimerHandle | None = None
        self._bytes_of_body = 0
        self._write_timer: asyncio.TimerHandle | None = None
        self._bytes_unsent = 0

    # --- The connection -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Accept a connection, unless there are too many."""
        super().connection_made(transport)
        if self._table.add(self):
            self._watch_reading()
        else:
            self._refused = True
            transport.write(encode_error(TooManyConnections(), self.server_state.default_headers))
            transport.close()  # at once: a refused connection must not be held either

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection that is closed."""
        self._table.remove(self)
        self._stop_watching()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the WebSocket protocol, which has limits of its own."""
        self._table.remove(self)
        self._stop_watching()
        self._refused = True  # as far as this protocol is concerned
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """Close the connection after its request, including one that has only begun to arrive."""
        if self._step is Step.HEAD and not self._request_in_flight:
            self._closes_after_request = True
        else:
            super().shutdown()

    # --- What arrives ---------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, within the limits."""
        if self._refused:
            return
        self._progressed = False
        # The parser keeps a line until its end, in the headers as in the trailers of a body.
        self._bytes_without_progress += len(data)
        self._bytes_of_chunk = len(data)
        self._bytes_of_head += len(data)
        super().data_received(data)
        if not self._refused:
            self._check_progress()

    def _check_progress(self) -> None:
        if self._progressed:
            self._bytes_without_progress = 0
        if self._step is Step.BODY:
            self._bytes_of_body += self._bytes_of_chunk
        if self._step is Step.HEAD and len(self.url) > self._limits.url_max_bytes:
            self._refuse(UrlTooLong())
        elif self._bytes_without_progress > self._limits.header_max_bytes:
            self._refuse(HeadersTooLarge())
        elif self._step is not Step.SILENT or not self._progressed:
            self._watch_reading()
        elif self._read_timer:
            self._read_timer = _cancel(self._read_timer)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._step = Step.HEAD
        self._progressed = True
        self._bytes_of_head = self._bytes_of_chunk  # at most

    def on_headers_complete(self) -> None:
        """Pass a request on if its URL and headers are within the limits.

        Raises:
            AppError: They are not. The parser turns it into its own error, upon which uvicorn
                calls `send_400_response`.
        """
        if error := self._exceeded_limit():
            self._error = error
            raise error
        self._progressed = True
        self._step = Step.BODY
        self._bytes_of_body = 0
        if self._read_timer:
            self._read_timer = _cancel(self._read_timer)
        self._table.set_busy(self)
        super().on_headers_complete()
        # The parser adds trailers to this list; those after the body must not become headers.
        self.headers = self.headers.copy()
        if self._closes_after_request:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Pass a part of the body on."""
        self._progressed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._progressed = True
        self._step = Step.SILENT
        super().on_message_complete()

    def _exceeded_limit(self) -> AppError | None:
        if len(self.url) > self._limits.url_max_bytes:
            return UrlTooLong()
        if len(self.headers) > self._limits.header_max_count:
            return HeadersTooLarge()
        if self._bytes_of_head <= self._limits.header_max_bytes:
            return None
        size = sum(len(name) + len(value) for name, value in self.headers)
        return HeadersTooLarge() if size > self._limits.header_max_bytes else None

    # --- What does not arrive -------------------------------------------------------------------

    def _watch_reading(self) -> None:
        """Start the timer of the step, unless it runs. A request in one packet starts none."""
        if self._read_timer is None:
            is_body = self._step is Step.BODY
            limits = self._limits
            seconds = limits.body_timeout_seconds if is_body else limits.header_timeout_seconds
            self._read_timer = self.loop.call_later(seconds, self._on_late)

    def _on_late(self) -> None:
        self._read_timer = None
        if self._waits_for_application() or (self._step is Step.BODY and self._is_fast_enough()):
            self._watch_reading()
        elif self._step is Step.SILENT:
            self.transport.close()
        else:
            self._refuse(RequestTimeout())

    def _waits_for_application(self) -> bool:
        """Return whether the client may not send more before the application reads."""
        cycle = self._request_in_flight
        return self.flow.read_paused or bool(cycle and cycle.waiting_for_100_continue)

    def _is_fast_enough(self) -> bool:
        received, self._bytes_of_body = self._bytes_of_body, 0
        return received > 0 and received >= self._bytes_per_window

    @property
    def _bytes_per_window(self) -> float:
        return self._limits.body_timeout_seconds * self._limits.body_min_bytes_per_second

    # --- What is not read -----------------------------------------------------------------------

    def pause_writing(self) -> None:
        """Wait for a client that reads slowly."""
        super().pause_writing()
        self._watch_writing()

    def on_response_complete(self) -> None:
        """End a response, and wait for the client to read the rest of it."""
        super().on_response_complete()
        if not self.pipeline:
            self._table.set_waiting(self)
        # uvloop writes after this: whether anything is left is asked only where it can matter.
        if self.flow.write_paused or self.transport.is_closing():
            self._watch_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an unused connection, even if its client has not read the last response."""
        super().timeout_keep_alive_handler()
        self._watch_writing()

    def _watch_writing(self) -> None:
        """Start the timer of what is not sent yet. That every pause restarts it is progress."""
        _cancel(self._write_timer)
        self._bytes_unsent = self.transport.get_write_buffer_size()
        if self._bytes_unsent:
            seconds = self._limits.body_timeout_seconds
            self._write_timer = self.loop.call_later(seconds, self._on_unread)

    def _on_unread(self) -> None:
        """Abort a connection whose client reads too slowly; closing would wait for the client."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or (self._request_in_flight and not self.flow.write_paused):
            return  # the application is slow, not the client
        if self._bytes_unsent - unsent < self._bytes_per_window:
            self.transport.abort()
        else:
            self._watch_writing()

    @property
    def _request_in_flight(self) -> RequestResponseCycle | None:
        """The newest request, unless its response is complete."""
        return None if self.cycle is None or self.cycle.response_complete else self.cycle

    # --- Refusals -------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn passes its own text
        """Refuse what the parser has refused."""
        self._refuse(self._error or MalformedRequest())

    def _refuse(self, error: AppError) -> None:
        """Send an error, but not in place of an earlier request's response, and close."""
        self._refused = True
        self._read_timer = _cancel(self._read_timer)
        cycle = self._request_in_flight
        if cycle and self._step is not Step.BODY:
            cycle.keep_alive = False  # it is an earlier request, whose response comes first
        elif self._step is Step.BODY and (cycle is None or cycle.response_started or self.pipeline):
            self.transport.abort()
        else:
            if cycle:
                cycle.disconnected = True
                cycle.message_event.set()
            self.transport.write(encode_error(error, self.server_state.default_headers))
            self.transport.write_eof()
            self.flow.resume_reading()
            self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _stop_watching(self) -> None:
        self._read_timer = _cancel(self._read_timer)
        self._write_timer = _cancel(self._write_timer)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer:
        timer.cancel()
