"""A fake of Resend: accepts mail like its API, shows it at `/`, and sends webhooks about it.

Requests and responses follow https://resend.com/docs/api-reference; the outcome of a mail
is in its address, as with Resend's own for testing (https://resend.com/docs/dashboard/emails/send-test-emails):
`bounced@…`, `complained@…` and `suppressed@…`, with an optional `+label`; any other is delivered.
"""

import asyncio
import html
import json
import os
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from uuid import uuid4

import httpx2
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from app.settings import ServiceSettings
from devtools.fakes.resend_mails import (
    MAX_LISTED,
    Json,
    Refused,
    Templates,
    answer_refused,
    check_mail,
    describe_event,
    describe_mail,
    list_page,
    now_text,
    read_json,
    sign,
)
from devtools.fakes.running import run_fake

__all__ = ["FakeResend", "create_app", "provide_fake_resend", "sign"]

ALL_METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]

EVENTS = {
    "bounced": ["email.sent", "email.bounced"],
    "complained": ["email.sent", "email.delivered", "email.complained"],
    "suppressed": ["email.suppressed"],
}
# Seconds. Resend takes longer and tries for a day: /docs/webhooks/retries-and-replays
PAUSES = (0, 1, 5, 30)
KEY_LENGTH = 256
NOT_LISTED = {"object", "html", "text", "tags"}
NOT_DUPLICATED = {"id", "alias", "created_at"}
WEBHOOK_SECRET = "whsec_YS1zZWNyZXQtb2YtdGhlLWZha2U="  # noqa: S105 (of the fake)


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
        self.templates = Templates()
        self.app = Starlette(
            routes=[
                Route("/", self._show),
                Route("/emails", self._api(self._take), methods=["POST"]),
                Route("/emails", self._api(self._list)),
                Route("/emails/batch", self._api(self._take_batch), methods=["POST"]),
                Route("/emails/{id}", self._api(self._get)),
                Route("/emails/{id}", self._api(self._reschedule), methods=["PATCH"]),
                Route("/emails/{id}/cancel", self._api(self._cancel), methods=["POST"]),
                Route("/templates", self._api(self._add_template), methods=["POST"]),
                Route("/templates", self._api(self._list_templates)),
                Route("/templates/{id}", self._api(self._get_template)),
                Route("/templates/{id}", self._api(self._change_template), methods=["PATCH"]),
                Route("/templates/{id}", self._api(self._remove_template), methods=["DELETE"]),
                Route("/templates/{id}/duplicate", self._api(self._duplicate), methods=["POST"]),
                Route("/templates/{id}/publish", self._api(self._publish), methods=["POST"]),
                Route("/{path:path}", self._api(self._refuse), methods=ALL_METHODS),
            ],
            exception_handlers={Refused: answer_refused},
        )

    def _api(self, endpoint: "Endpoint") -> "Endpoint":
        async def handle(request: Request) -> Response:
            self.requests += 1
            if self.is_down:
                raise Refused(503, "service_unavailable", "API is temporarily unavailable")
            self._authorize(request)
            self._count()
            return await endpoint(request)

        return handle

    # --- Mails

    async def _take(self, request: Request) -> Response:
        mail = check_mail(await read_json(request), self.templates)
        idempotency_key = request.headers.get("idempotency-key")
        if idempotency_key is None:
            answer = self._accept(mail)
            self.when_taken()
            return JSONResponse(answer)
        return JSONResponse(await self._take_once(idempotency_key, mail))

    async def _take_batch(self, request: Request) -> Response:
        mails = await read_json(request)
        if not isinstance(mails, list) or not 1 <= len(mails) <= MAX_LISTED:
            raise Refused(422, "validation_error", f"A batch has 1 to {MAX_LISTED} emails.")
        is_strict = request.headers.get("x-batch-validation", "strict") == "strict"
        valid: list[Json] = []
        errors: list[Json] = []
        for index, mail in enumerate(mails):
            try:
                valid.append(check_mail(mail, self.templates))
            except Refused as error:
                if is_strict:
                    raise
                errors.append({"index": index, "message": error.message})
        accepted = {"data": [self._accept(mail) for mail in valid]}
        return JSONResponse(accepted if is_strict else accepted | {"errors": errors})

    async def _get(self, request: Request) -> Response:
        return JSONResponse(describe_mail(self._find(request)))

    async def _list(self, request: Request) -> Response:
        every = map(describe_mail, self.mails)
        listed = [{name: mail[name] for name in mail.keys() - NOT_LISTED} for mail in every]
        return list_page(request, listed)

    async def _reschedule(self, request: Request) -> Response:
        mail = self._find_scheduled(request)
        mail["scheduled_at"] = (await read_json(request) or {}).get("scheduled_at")
        return JSONResponse({"object": "email", "id": mail["id"]})

    async def _cancel(self, request: Request) -> Response:
        mail = self._find_scheduled(request)
        mail["last_event"] = "canceled"
        return JSONResponse({"object": "email", "id": mail["id"]})

    def _find(self, request: Request) -> Json:
        for mail in self.mails:
            if mail["id"] == request.path_params["id"]:
                return mail
        raise Refused(404, "not_found", "Email not found")

    def _find_scheduled(self, request: Request) -> Json:
        mail = self._find(request)
        if mail["last_event"] != "scheduled":
            raise Refused(422, "validation_error", "The email is not scheduled.")
        return mail

    # --- Templates

    async def _add_template(self, request: Request) -> Response:
        template = self.templates.add(await read_json(request) or {})
        return JSONResponse({"object": "template", "id": template["id"]}, status_code=201)

    async def _list_templates(self, request: Request) -> Response:
        return list_page(request, self.templates.all)

    async def _get_template(self, request: Request) -> Response:
        return JSONResponse(self.templates.find(request.path_params["id"]))

    async def _change_template(self, request: Request) -> Response:
        values = await read_json(request) or {}
        template = self.templates.change(request.path_params["id"], **values)
        return JSONResponse({"object": "template", "id": template["id"]})

    async def _remove_template(self, request: Request) -> Response:
        template = self.templates.find(request.path_params["id"])
        self.templates.all.remove(template)
        return JSONResponse({"object": "template", "id": template["id"], "deleted": True})

    async def _duplicate(self, request: Request) -> Response:
        original = self.templates.find(request.path_params["id"])
        given = {name: original[name] for name in original if name not in NOT_DUPLICATED}
        template = self.templates.add(given | {"name": f"{original['name']} (Copy)"})
        return JSONResponse({"object": "template", "id": template["id"]}, status_code=201)

    async def _publish(self, request: Request) -> Response:
        published = {"status": "published", "published_at": now_text()}
        template = self.templates.change(request.path_params["id"], **published)
        return JSONResponse({"object": "template", "id": template["id"]})

    async def _refuse(self, request: Request) -> Response:
        message = f"this fake does not support {request.method} {request.url.path}"
        raise Refused(404, "not_found", message)

    # --- The rules of the API

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
        is_scheduled = bool(mail.get("scheduled_at"))
        state = "scheduled" if is_scheduled else "queued"
        sent = {"id": str(uuid4()), "created_at": now_text(), **mail, "last_event": state}
        self.mails.append(sent)
        if self.tells:
            task = asyncio.create_task(self._tell_all(sent))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return {"id": sent["id"]}

    async def _tell_all(self, mail: Json) -> None:
        if mail["last_event"] == "scheduled":
            await self.tell("email.scheduled", mail)
            return
        fate = re.split(r"[+@]", mail["to"][0])[0]
        for kind in EVENTS.get(fate, ["email.sent", "email.delivered"]):
            await self.tell(kind, mail)

    async def tell(self, kind: str, mail: Json, *, event_id: str | None = None) -> int:
        """Send a webhook about a mail, with retries, and return the last status."""
        mail["last_event"] = kind.removeprefix("email.")
        event = {"type": kind, "created_at": now_text(), "data": describe_event(mail, kind)}
        body = json.dumps(event)
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
        """Show the mails, the newest first, with links that lead to the service."""
        rows = "".join(
            f"<article><h2>{html.escape(mail['subject'])}</h2>"
            f"<p>to {html.escape(', '.join(mail['to']))}, {mail['created_at']}, "
            f"{mail['last_event']}</p><pre>{_with_links(mail.get('text') or '')}</pre>"
            f'<iframe sandbox="allow-popups allow-top-navigation-by-user-activation" '
            f'srcdoc="{html.escape(mail.get("html") or "")}" width="640" height="360"></iframe>'
            f"</article>"
            for mail in reversed(self.mails)
        )
        return HTMLResponse(f"<!doctype html><title>Mail</title>{rows or 'No mail yet.'}")


Endpoint = Callable[[Request], Awaitable[Response]]


def _with_links(text: str) -> str:
    """Return a text as HTML, with its URLs as links; the end of a sentence is not part of one."""
    url = r"https?://(?:[^\s&]|&amp;)+?(?=[.,;:!?)]*(?:\s|&(?!amp;)|$))"
    return re.sub(url, r'<a href="\g<0>">\g<0></a>', html.escape(text))


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
    secret = settings.resend_webhook_secret or SecretStr(WEBHOOK_SECRET)
    os.environ["RESEND_WEBHOOK_SECRET"] = secret.get_secret_value().partition(",")[0].strip()
    os.environ["RESEND_API_KEY"] = "re_of_the_fake"
    os.environ["RESEND_API_URL"] = run_fake(
        "Resend", create_app="devtools.fakes.resend:create_app", tell=tell, offset=2
    )
