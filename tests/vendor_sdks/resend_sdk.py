"""Drive a fake of Resend with Resend's own SDK, and receive its webhooks."""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import resend
from resend.exceptions import RateLimitError, ResendError

events: list[str] = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers["Content-Length"])).decode()
        names = ("id", "timestamp", "signature")
        headers: Any = {name: self.headers[f"svix-{name}"] for name in names}
        secret = os.environ["RESEND_WEBHOOK_SECRET"]
        event = resend.Webhooks.verify(
            {"payload": payload, "headers": headers, "webhook_secret": secret}
        )
        events.append(event["type"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def done(call: Callable[..., Any], *arguments: Any) -> Any:
    while True:
        try:
            return call(*arguments)
        except RateLimitError:  # The limit of requests a second is Resend's own.
            time.sleep(0.3)


def refused(error_type: str, call: Callable[..., Any], *arguments: object) -> str:
    try:
        done(call, *arguments)
    except ResendError as error:
        if error.error_type == error_type:
            return str(error)
        raise
    raise AssertionError(error_type)


receiver = ThreadingHTTPServer(("127.0.0.1", int(os.environ["WEBHOOK_PORT"])), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
resend.api_key = os.environ["RESEND_API_KEY"]
resend.api_url = os.environ["RESEND_API_URL"]
emails, templates = resend.Emails, resend.Templates

mail: Any = {"from": "a@example.com", "to": "python@example.com", "subject": "Hi", "text": "Hi"}
sent = done(emails.send, mail, {"idempotency_key": "python-1"})
assert done(emails.send, mail, {"idempotency_key": "python-1"})["id"] == sent["id"]
refused("validation_error", emails.send, mail | {"to": "nobody"})
shown = done(emails.get, sent["id"])
assert (shown["object"], shown["to"], shown["html"]) == ("email", ["python@example.com"], None)
refused("not_found", emails.get, "missing")
assert len(done(resend.Batch.send, [mail, mail])["data"]) == 2
refused("validation_error", resend.Batch.send, [mail, mail | {"to": "nobody"}])
later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
scheduled = done(emails.send, mail | {"scheduled_at": later})
assert done(emails.update, {"id": scheduled["id"], "scheduled_at": "in 2 hours"})["id"]
assert done(emails.cancel, scheduled["id"])["object"] == "email"
assert done(emails.get, scheduled["id"])["last_event"] == "canceled"
refused("validation_error", emails.cancel, sent["id"])
page = done(emails.list, {"limit": 3})
assert (len(page["data"]), page["has_more"]) == (3, True)
rest = done(emails.list, {"limit": 3, "after": page["data"][-1]["id"]})
assert ([one["id"] for one in rest["data"]][-1:], rest["has_more"]) == ([sent["id"]], False)

draft = {"name": "Hello", "subject": "Hi {{{NAME}}}", "html": "<p>{{{NAME}}}</p>"}
template = done(templates.create, draft)
assert done(templates.get, template["id"])["status"] == "draft"
assert done(templates.publish, template["id"])["object"] == "template"
chosen = {"id": template["id"], "variables": {"NAME": "Ada"}}
filled = done(
    emails.send, {"from": "a@example.com", "to": "python@example.com", "template": chosen}
)
assert done(emails.get, filled["id"])["subject"] == "Hi Ada"
assert done(templates.update, {"id": template["id"], "name": "Other"})["id"]
copy = done(templates.duplicate, template["id"])
assert [one["name"] for one in done(templates.list)["data"]] == ["Other (Copy)", "Other"]
for one in (copy, template):
    assert done(templates.remove, one["id"])["deleted"]

assert "does not support GET /domains" in refused("not_found", resend.Domains.list)
deadline = time.monotonic() + 10
while "email.scheduled" not in events and time.monotonic() < deadline:
    time.sleep(0.05)
assert set(events) == {"email.sent", "email.delivered", "email.scheduled"}, events
resend.api_key = "re_other"
refused("invalid_api_key", emails.list)
