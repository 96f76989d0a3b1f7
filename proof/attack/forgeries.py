"""Forged, altered and repeated webhooks, sessions, cursors and uploads."""

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from time import time
from uuid import uuid4

from proof.attack.people import ALERT, PASSWORD, PNG, succeed
from proof.attack.target import API, Caller, Report, Target, count_statuses
from proof.attack.walk import Cast

PADDLE, RESEND, BLOB = (
    f"{API}/{path}" for path in ("paddle/webhooks", "resend/webhooks", "blob/callbacks")
)
AGES = (-86_400, -600, 600, 86_400, 10**12)
"""Seconds to add to the time of a signature that is then too old, or from the future."""

Headers = dict[str, str]
Sign = Callable[[bytes, str, int], Headers]


def sign_paddle(body: bytes, secret: str, at: int) -> Headers:
    """Return the signature header of Paddle."""
    digest = hmac.digest(secret.encode(), f"{at}:".encode() + body, "sha256").hex()
    return {"Paddle-Signature": f"ts={at};h1={digest}"}


def sign_resend(body: bytes, secret: str, at: int) -> Headers:
    """Return the signature headers of Svix, which Resend uses."""
    event, key = f"msg_{uuid4().hex}", b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{event}.{at}.".encode() + body, "sha256")
    named = {"svix-id": event, "svix-timestamp": str(at)}
    return {**named, "svix-signature": f"v1,{b64encode(digest).decode()}"}


def paddle_event(event_id: str | None = None) -> bytes:
    """Return an event that changes nothing but is stored."""
    event = {
        "event_id": event_id or f"evt_{uuid4().hex[:26]}",
        "event_type": "product.updated",
        "occurred_at": "2026-01-31T12:00:00Z",
        "notification_id": f"ntf_{uuid4().hex[:26]}",
        "data": {"id": "pro_1"},
    }
    return json.dumps(event).encode()


def resend_event() -> bytes:
    """Return an event about an e-mail that the service does not know."""
    data = {
        "email_id": str(uuid4()),
        "to": ["nobody@example.com"],
        "created_at": "2026-01-31T12:00:00Z",
    }
    event = {"type": "email.delivered", "created_at": "2026-01-31T12:00:00Z", "data": data}
    return json.dumps(event).encode()


async def forge_payments(target: Target, report: Report, _: Cast) -> None:
    """Send webhooks that Paddle did not sign."""
    await forge(target, report, PADDLE, paddle_event(), sign_paddle, target.secrets["paddle"])


async def forge_mail_events(target: Target, report: Report, _: Cast) -> None:
    """Send webhooks that Resend did not sign."""
    await forge(target, report, RESEND, resend_event(), sign_resend, target.secrets["resend"])


async def forge(
    target: Target, report: Report, path: str, body: bytes, sign: Sign, secret: str
) -> None:
    """Send forged webhooks, which are refused, and a signed one, which is accepted."""
    sender = Caller(target, report)
    for what, sent, headers in forged(body, sign, secret):
        response = await sender.send("POST", path, raw=sent, headers=headers)
        refused = response.status_code in {400, 401, 403, 413, 422, 429}
        report.check(refused, f"{path} accepts {what}: {response.status_code}")
    signed = sign(body, secret, int(time()))
    response = await Caller(target, report).send("POST", path, raw=body, headers=signed)
    report.check(response.is_success, f"{path} refuses a valid signature: {response.text}")


def forged(body: bytes, sign: Sign, secret: str) -> Iterator[tuple[str, bytes, Headers]]:
    """Yield descriptions, bodies and headers of webhooks that have to be refused."""
    now = int(time())
    valid = sign(body, secret, now)
    yield "no signature", body, {}
    yield "another secret", body, sign(body, f"{secret[:-8]}AAAAAAA=", now)
    yield "an altered body", body.replace(b"2026", b"2027"), valid
    yield "a reformatted body", body.replace(b": ", b":"), valid
    yield "an extended body", body + b" ", valid
    yield "an empty body", b"", sign(b"{}", secret, now)
    yield "an invalid body", b"[" * 1000, sign(b"{}", secret, now)
    for age in AGES:
        yield f"a time that is {age} s off", body, sign(body, secret, now + age)
    for name in valid:
        yield f"no {name}", body, {other: valid[other] for other in valid if other != name}
        for value in (
            "",
            "x",
            ";;;",
            "ts=;h1=",
            "v1,",
            "0" * 5000,
            valid[name][:-2],
            f"{valid[name]};ts=1",
        ):
            yield f"{name}: {value[:20]}", body, {**valid, name: value}


async def forge_uploads(target: Target, report: Report, cast: Cast) -> None:
    """Report client uploads that the store has not seen."""
    offer = {"name": "a.png", "content_type": "image/png", "size": len(PNG)}
    offered = await cast.ada.caller.send("POST", f"{API}/files/client-uploads", offer)
    body = json.dumps({"type": "blob.upload-completed", "payload": {"blob": {}}}).encode()
    for signature in ("", "0" * 64, "x", hmac.digest(b"", body, "sha256").hex()):
        headers = {"x-vercel-signature": signature}
        response = await Caller(target, report).send("POST", BLOB, raw=body, headers=headers)
        refused = 400 <= response.status_code < 500  # noqa: PLR2004
        report.check(refused, f"a report signed {signature[:8]!r} is accepted")
    if offered.is_success:
        file = offered.json()["data"]["file"]
        content = await cast.ada.caller.send("GET", f"{API}/files/{file['id']}/content")
        report.check(not content.is_success, "a file that was never uploaded can be downloaded")


async def alter_sessions(target: Target, report: Report, cast: Cast) -> None:
    """Send tokens that differ from a valid one in a character, and one of an ended session."""
    token = cast.ada.token
    variants = [token[:place] + "-" + token[place + 1 :] for place in range(len(token))]
    variants += [token[:-1], f"{token}A", token.swapcase(), f"{token}%00", f"{token},{token}"]
    stranger = Caller(target, report)
    for variant in variants:
        if variant != token:
            response = await stranger.send(
                "GET", f"{API}/users/me", headers={"Authorization": f"Bearer {variant}"}
            )
            report.check(response.status_code == 401, f"an altered token is accepted: {variant}")  # noqa: PLR2004
    account = {"email": cast.ada.email, "password": PASSWORD}
    opened = await succeed(stranger, "POST", f"{API}/sessions", account)
    ended = Caller(target, report, token=opened["token"])
    await succeed(ended, "DELETE", f"{API}/sessions/current")
    responses = [await ended.send("GET", f"{API}/users/me") for _ in range(10)]
    report.check(count_statuses(responses, 401) == 10, "an ended session still works")  # noqa: PLR2004


async def alter_cursors(_target: Target, report: Report, cast: Cast) -> None:
    """Send cursors of another user, of another list and with altered characters."""
    person, other = cast.ada, cast.eve
    for owner in (person, other):
        for _ in range(2):
            await succeed(owner.caller, "POST", f"{API}/alerts", ALERT)
    page = await person.caller.send("GET", f"{API}/alerts?limit=1")
    cursor = page.json()["meta"]["next_cursor"]
    half = len(cursor) // 2
    forgeries = [cursor[:-1], f"{cursor}A", cursor[:half] + "A" + cursor[half + 1 :], cursor[::-1]]
    for forgery in {*forgeries} - {cursor}:
        response = await person.caller.send("GET", f"{API}/alerts?cursor={forgery}")
        report.check(
            response.status_code in {400, 422}, f"an altered cursor is accepted: {forgery}"
        )
    for caller, path in (
        (other.caller, "alerts"),
        (person.caller, "files"),
        (person.caller, "alerts?active=true"),
    ):
        separator = "&" if "?" in path else "?"
        response = await caller.send("GET", f"{API}/{path}{separator}cursor={cursor}")
        report.check(response.status_code == 400, f"{path} accepts a cursor of another list")  # noqa: PLR2004


async def poison_hosts(_target: Target, report: Report, cast: Cast) -> None:
    """Send host names of an attacker, which must not be in any response."""
    for headers in (
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-Host": "evil.example"},
    ):
        response = await cast.ada.caller.send("GET", f"{API}/users/me", headers=headers)
        seen = response.text + str(response.headers)
        report.check("evil.example" not in seen, f"{headers} is in the response")
    for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
        response = await cast.ada.caller.send("GET", f"{API}/users/me", headers={"Origin": origin})
        allowed = response.headers.get("access-control-allow-origin")
        report.check(allowed is None, f"CORS allows {origin}")


async def repeat_payment(target: Target, report: Report, _: Cast) -> None:
    """Send the same signed event many times at once: it is applied once."""
    body = paddle_event()
    headers = sign_paddle(body, target.secrets["paddle"], int(time()))
    senders = [Caller(target, report) for _ in range(20)]
    responses = await asyncio.gather(
        *(one.send("POST", PADDLE, raw=body, headers=headers) for one in senders)
    )
    outcomes = [response.json()["data"]["outcome"] for response in responses if response.is_success]
    report.check(len(outcomes) == len(senders), "a repeated event was refused")
    report.check(
        len(outcomes) - outcomes.count("repeated") == 1, f"stored more than once: {outcomes}"
    )
