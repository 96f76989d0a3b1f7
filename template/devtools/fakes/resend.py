"""A fake of Resend: accepts mail like its API, shows it at `/`, and sends webhooks about it.

Requests and responses follow https://resend.com/docs/api-reference; the outcome of a mail
is in its address, as with Resend's own for testing (https://resend.com/docs/dashboard/emails/send-test-emails):
`bounced@…`, `complained@…` and `suppressed@…`, with an optional `+label`; any other is delivered.
"""

import asyncio
import hmac
import html
import json
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic, time
from typing import Any
from uuid import uuid4

import httpx2
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from app.settings import ServiceSettings
from devtools.fakes.running import run_fake

Json = dict[str, Any]

EVENTS = {
    "bounced": ["email.sent", "email.bounced"],
    "complained": ["email.sent", "email.delivered", "email.complained"],
    "suppressed": ["email.suppressed"],
}
DETAILS = {
    "email.bounced": {"bounce": {"type": "Permanent", "subType": "General", "message": "Unknown"}},
    "email.suppressed": {"suppressed": {"type": "OnAccountSuppressionList", "message": "Bounced"}},
}
# Seconds. Resend takes longer and tries for a day: /docs/webhooks/retries-and-replays
PAUSES = (0, 1, 5, 30)
KEY_LENGTH = 256
ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
SENDER = re.compile(rf"({ADDRESS.pattern}|[^<>]+ <{ADDRESS.pattern}>)")
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Refused(Exception):
    """An error response of the API."""

    def __init__(self, status: int, name: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.name, self.message, self.headers = status, name, message, headers


@dataclass
class FakeResend:
    """The service: an ASGI app in `app`, and the mails that it accepted in `mails`.

    Attributes:
        key: The API key that it accepts.
        secret: The secret that signs its webhooks.
        webhooks: The address that gets them.
        tells: Sends webhooks automatically.
        pauses: Seconds before each attempt.
        requests_a_window: The number of requests that it accepts in a window.
        window_seconds: The length of a window.
        transport: The transport for webhooks, if not the network; for tests.
        is_down: Responds to every request with 503.
        when_taken: Called when a mail is accepted, before the response; for tests.
    """

    key: str
    secret: str
    webhooks: str
    tells: bool = True
    pauses: tuple[int, ...] = PAUSES
    requests_a_window: int = 10
    window_seconds: int = 1
    transport: httpx2.AsyncBaseTransport | None = None
    is_down: bool = False
    when_taken: Callable[[], None] = lambda: None
    mails: list[Json] = field(default_factory=list)
    requests: int = 0

    def __post_init__(self) -> None:
        self._answers: dict[str, tuple[Json, Json]] = {}
        self._under_way: set[str] = set()
        self._window = (0.0, 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self.app = Starlette(
            routes=[
                Route("/", self._show),
                Route("/emails", self._take, methods=["POST"]),
            ],
            exception_handlers={Refused: _answer_refused},
        )

    async def _take(self, request: Request) -> Response:
        self.requests += 1
        if self.is_down:
            raise Refused(503, "service_unavailable", "API is temporarily unavailable")
        self._authorize(request)
        self._count()
        mail = await _read_mail(request)
        idempotency_key = request.headers.get("idempotency-key")
        if idempotency_key is None:
            answer = self._accept(mail)
            self.when_taken()
            return JSONResponse(answer)
        return JSONResponse(await self._take_once(idempotency_key, mail))

    def _authorize(self, request: Request) -> None:
        if not request.headers.get("user-agent"):
            raise Refused(403, "forbidden", "error code: 1010")
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            raise Refused(401, "missing_api_key", "Missing API key in the authorization header.")
        if key != self.key:
            raise Refused(403, "invalid_api_key", "API key is invalid.")

    def _count(self) -> None:
        start, count = self._window
        if monotonic() - start >= self.window_seconds:
            start, count = monotonic(), 0
        self._window = (start, count + 1)
        if count < self.requests_a_window:
            return
        wait = str(self.window_seconds)
        limits = {"ratelimit-limit": str(self.requests_a_window), "ratelimit-remaining": "0"}
        waits = {"ratelimit-reset": wait, "retry-after": wait}
        raise Refused(429, "rate_limit_exceeded", "Too many requests.", **limits, **waits)

    async def _take_once(self, key: str, mail: Json) -> Json:
        if not 1 <= len(key) <= KEY_LENGTH:
            raise Refused(400, "invalid_idempotency_key", "1 to 256 characters.")
        if key in self._under_way:
            raise Refused(409, "concurrent_idempotent_requests", "Another one is in progress.")
        if known := self._answers.get(key):
            if known[0] != mail:
                raise Refused(409, "invalid_idempotent_request", "The body was another one.")
            return known[1]
        with self.under_way(key):
            await asyncio.sleep(0)
            answer = self._accept(mail)
        self.remember(key, mail, answer)
        self.when_taken()
        return answer

    @contextmanager
    def under_way(self, key: str) -> Iterator[None]:
        """Hold a request with this key in progress for the duration of a block."""
        self._under_way.add(key)
        try:
            yield
        finally:
            self._under_way.discard(key)

    def remember(self, key: str, mail: Json, answer: Json) -> None:
        """Store the response for a key: the same mail gets it again, another mail is refused."""
        self._answers[key] = (mail, answer)

    def _accept(self, mail: Json) -> Json:
        sent = {"id": str(uuid4()), "created_at": _now(), **mail}
        self.mails.append(sent)
        if self.tells:
            task = asyncio.create_task(self._tell_all(sent))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return {"id": sent["id"]}

    async def _tell_all(self, mail: Json) -> None:
        fate = re.split(r"[+@]", mail["to"][0])[0]
        for kind in EVENTS.get(fate, ["email.sent", "email.delivered"]):
            await self.tell(kind, mail)

    async def tell(self, kind: str, mail: Json, *, event_id: str | None = None) -> int:
        """Send a webhook about a mail, with retries, and return the last status."""
        body = json.dumps({"type": kind, "created_at": _now(), "data": _describe(mail, kind)})
        event_id, status = event_id or f"msg_{secrets.token_hex(12)}", 0
        async with httpx2.AsyncClient(transport=self.transport, trust_env=False) as client:
            for pause in self.pauses:
                await asyncio.sleep(pause)
                headers = sign(event_id, body, secret=self.secret)
                with suppress(httpx2.HTTPError):
                    answer = await client.post(self.webhooks, content=body, headers=headers)
                    status = answer.status_code
                    if answer.is_success:
                        break
        return status

    async def settle(self) -> None:
        """Return once every webhook has been sent."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _show(self, _: Request) -> HTMLResponse:
        rows = "".join(
            f"<article><h2>{html.escape(mail['subject'])}</h2><p>to {html.escape(mail['to'][0])}, "
            f"{mail['created_at']}</p><pre>{html.escape(mail.get('text', ''))}</pre>"
            f'<iframe sandbox srcdoc="{html.escape(mail.get("html", ""))}" width="640" '
            f'height="360"></iframe></article>'
            for mail in reversed(self.mails)
        )
        return HTMLResponse(f"<!doctype html><title>Mail</title>{rows or 'No mail yet.'}")


async def _read_mail(request: Request) -> Json:
    try:
        mail = await request.json()
    except ValueError:
        mail = None
    if not isinstance(mail, dict):
        raise Refused(400, "validation_error", "The body is not a JSON object.")
    if missing := [name for name in ("from", "to", "subject") if not mail.get(name)]:
        raise Refused(422, "missing_required_field", f"Missing {', '.join(missing)}.")
    mail["to"] = [mail["to"]] if isinstance(mail["to"], str) else mail["to"]
    if not mail.get("html") and not mail.get("text"):
        raise Refused(422, "validation_error", "Missing html or text.")
    if not SENDER.fullmatch(mail["from"]):
        raise Refused(422, "validation_error", "Invalid `from` field.")
    if not all(ADDRESS.fullmatch(address) for address in mail["to"]) or len(mail["to"]) > 50:  # noqa: PLR2004
        raise Refused(422, "validation_error", "Invalid `to` field.")
    tags = [part for tag in mail.get("tags", []) for part in (tag["name"], tag["value"])]
    if not all(TAG.fullmatch(part) for part in tags):
        raise Refused(422, "validation_error", "Tags are ASCII letters, digits, _ and -.")
    return mail


async def _answer_refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)  # noqa: S101
    body = {"statusCode": error.status, "name": error.name, "message": error.message}
    return JSONResponse(body, error.status, error.headers)


def _describe(mail: Json, kind: str) -> Json:
    tags = {tag["name"]: tag["value"] for tag in mail.get("tags", [])}
    shared = {name: mail[name] for name in ("from", "to", "subject", "created_at")}
    return {"email_id": mail["id"], **shared, "tags": tags, **DETAILS.get(kind, {})}


def sign(event_id: str, body: str, *, secret: str, at: float | None = None) -> dict[str, str]:
    """Return the signature headers of a webhook, for now or for another time."""
    timestamp = str(int(time() if at is None else at))
    key = b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{event_id}.{timestamp}.{body}".encode(), "sha256")
    return {
        "content-type": "application/json",
        "svix-id": event_id,
        "svix-timestamp": timestamp,
        "svix-signature": f"v1,{b64encode(digest).decode()}",
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def create_app() -> Starlette:
    """Return the app that the environment configures."""
    port = os.environ.get("PORT") or "8000"
    return FakeResend(
        key=os.environ["RESEND_API_KEY"],
        secret=os.environ["RESEND_WEBHOOK_SECRET"],
        webhooks=f"http://127.0.0.1:{port}/api/v1/resend/webhooks",
    ).app


class DevSettings(ServiceSettings):
    """The settings that are configured, read as the service reads them."""

    resend_api_key: SecretStr | None = None
    resend_webhook_secret: SecretStr | None = None


def provide_fake_resend(tell: Callable[[str], None]) -> None:
    """Start a fake Resend, unless a key is configured or this is production.

    Args:
        tell: Prints a line for the developer.

    Raises:
        SystemExit: The fake did not start.
    """
    settings = DevSettings()
    if settings.resend_api_key or settings.is_production:
        return
    made_up = SecretStr(f"whsec_{b64encode(secrets.token_bytes(24)).decode()}")
    secret = settings.resend_webhook_secret or made_up
    os.environ["RESEND_WEBHOOK_SECRET"] = secret.get_secret_value().partition(",")[0].strip()
    os.environ["RESEND_API_KEY"] = f"re_{secrets.token_hex(12)}"
    os.environ["RESEND_API_URL"] = run_fake(
        "resend", create_app="devtools.fakes.resend:create_app", tell=tell
    )
