"""The vendors of a proof: the fakes of the generated service, with a switch that makes them fail.

    python -m proof.vendors    (the settings are those of the service, in the environment)

It runs in the service's environment, prints a JSON line with the addresses, and ends with the
program that started it. A vendor is imported if the service has its integration. Each address has

    PUT /proof/mode     work, hang, fail (503), or lose: do the work and break the connection
    GET /proof/state    everything that the vendor knows
"""

import asyncio
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DELIVERIES = 12  # of an event of Paddle, with pauses that grow: about a minute
PAUSES = (0, 1, 2, 4, 8, 16, 30)  # before each delivery of an event of Resend
REQUESTS_A_SECOND = 1000
State = Callable[[], Any]


@dataclass
class Switch:
    """An app that fails as its mode says.

    Attributes:
        app: The app of the fake.
        state: Returns the data of the fake.
    """

    app: ASGIApp
    state: State
    mode: str = "work"
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"].startswith("/proof/"):
            await (await self._control(Request(scope, receive)))(scope, receive, send)
        elif self.mode == "hang":
            await self._changed.wait()
        elif self.mode == "fail":
            await Response("out of order", status_code=503)(scope, receive, send)
        elif self.mode == "lose":
            await self.app(scope, receive, _only_the_head(send))
        else:
            await self.app(scope, receive, send)

    async def _control(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(self.state())
        self.mode = (await request.body()).decode()
        self._changed.set()
        self._changed = asyncio.Event()
        return Response(status_code=204)


def _only_the_head(send: Send) -> Send:
    """Return a `send` that withholds the body, so that the server breaks the connection."""

    async def withhold(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [pair for pair in message["headers"] if pair[0] != b"content-length"]
            await send(message | {"headers": [*headers, (b"content-length", b"1000000")]})

    return withhold


@dataclass
class RecordingTransport(httpx2.AsyncBaseTransport):
    """Sends webhooks, and records which events the service has acknowledged.

    Attributes:
        header: The header with the event's id; without one it is `event_id` of the body.
        acknowledged: The ids, in the order of the responses.
    """

    header: str = ""
    acknowledged: list[str] = field(default_factory=list)
    inner: httpx2.AsyncBaseTransport = field(default_factory=httpx2.AsyncHTTPTransport)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a webhook."""
        response = await self.inner.handle_async_request(request)
        if response.status_code == httpx2.codes.OK:
            named = request.headers.get(self.header) if self.header else None
            self.acknowledged.append(named or json.loads(await request.aread())["event_id"])
        return response

    async def aclose(self) -> None:
        """Stay open: every delivery of the fakes makes a client of its own."""


def create_vendors(service: str, blobs: Path) -> dict[str, Switch]:
    """Return the vendors of the integrations that the service has, by name.

    Args:
        service: The address that gets webhooks.
        blobs: The folder for files.
    """
    made = {
        "paddle": lambda: _paddle(f"{service}/api/v1/paddle/webhooks"),
        "resend": lambda: _resend(f"{service}/api/v1/resend/webhooks"),
        "blob": lambda: _blob(blobs),
    }
    return {name: make() for name, make in made.items() if find_spec(f"app.integrations.{name}")}


def _paddle(webhooks: str) -> Switch:
    from devtools.fakes.paddle import FakePaddle

    told = RecordingTransport()
    fake = FakePaddle(
        api_key=os.environ["PADDLE_API_KEY"],
        secret=os.environ["PADDLE_WEBHOOK_SECRET"],
        webhook_url=webhooks,
        transport=told,
    )
    fake.deliveries = DELIVERIES
    return Switch(fake.app, lambda: {"things": fake.things, "acknowledged": told.acknowledged})


def _resend(webhooks: str) -> Switch:
    from devtools.fakes.resend import FakeResend

    reported = RecordingTransport("svix-id")
    fake = FakeResend(
        key=os.environ["RESEND_API_KEY"],
        secret=os.environ["RESEND_WEBHOOK_SECRET"],
        webhooks=webhooks,
        pauses=PAUSES,
        requests_a_window=REQUESTS_A_SECOND,
        transport=reported,
    )
    return Switch(
        fake.app,
        lambda: {
            "mails": [_brief(mail) for mail in fake.mails],
            "acknowledged": reported.acknowledged,
        },
    )


def _blob(folder: Path) -> Switch:
    from devtools.fakes.blob import FakeBlob, create_app

    token = os.environ["BLOB_READ_WRITE_TOKEN"]
    fake = FakeBlob(folder, token)  # a second view of the folder of the app
    return Switch(
        create_app(folder, token),
        lambda: {"files": {one.pathname: one.size for one in fake.files.search("")}},
    )


def _brief(mail: dict[str, Any]) -> dict[str, Any]:
    return {name: mail[name] for name in ("to", "subject", "text", "tags")}


async def serve(vendors: dict[str, Switch]) -> None:
    """Serve every vendor on a free port, and print the addresses."""
    listeners = {name: socket.create_server(("127.0.0.1", 0)) for name in vendors}
    addresses = {
        name: f"http://127.0.0.1:{listener.getsockname()[1]}"
        for name, listener in listeners.items()
    }
    print(json.dumps(addresses), flush=True)
    async with asyncio.TaskGroup() as group:
        for name, app in vendors.items():
            config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
            group.create_task(uvicorn.Server(config).serve(sockets=[listeners[name]]))


def _end_with_proof() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)  # A fake has nothing to clean up.


if __name__ == "__main__":
    threading.Thread(target=_end_with_proof, daemon=True).start()
    asyncio.run(serve(create_vendors(sys.argv[1], Path(sys.argv[2]))))
