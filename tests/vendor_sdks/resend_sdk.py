"""Drive a fake Resend with Resend's own SDK, which finds its address in the environment."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

import resend
from resend.exceptions import ResendError
from resend.http_client_requests import RequestsClient


class Patient(RequestsClient):
    """Sends fewer than the ten requests that are accepted in a second."""

    def request(self, *args: Any, **kwargs: Any) -> Any:
        sleep(0.12)
        return super().request(*args, **kwargs)


@contextmanager
def refused(message: str) -> Iterator[None]:
    try:
        yield
    except ResendError as error:
        assert message in str(error), error
        return
    raise AssertionError(message)


resend.default_http_client = Patient()
mail: resend.Emails.SendParams = {
    "from": "Shop <shop@example.com>",
    "to": "ada@example.com",
    "subject": "Hello",
    "text": "Hi",
}
once: resend.Emails.SendOptions = {"idempotency_key": "python"}
sent = resend.Emails.send(mail, once)["id"]
assert resend.Emails.send(mail, once)["id"] == sent
assert resend.Emails.get(sent)["subject"] == "Hello"
with refused("Email not found"):
    resend.Emails.get("missing")
with refused("Invalid `to`"):
    resend.Emails.send({**mail, "to": "ada"})
assert len(resend.Batch.send([mail, mail])["data"]) == 2
later = resend.Emails.send({**mail, "scheduled_at": "2099-01-01T00:00:00Z"})["id"]
resend.Emails.update({"id": later, "scheduled_at": "2099-02-01T00:00:00Z"})
resend.Emails.cancel(email_id=later)
assert resend.Emails.get(later)["last_event"] == "canceled"
listed = resend.Emails.list({"limit": 2})
assert (listed["data"][0]["id"], listed["has_more"]) == (later, True)
template = resend.Templates.create(
    {"name": "welcome", "alias": "hi", "subject": "For {{{NAME}}}", "html": "<p>{{{NAME}}}</p>"}
)
resend.Templates.publish(template["id"])
filled = resend.Emails.send(
    {
        "from": mail["from"],
        "to": mail["to"],
        "template": {"id": "hi", "variables": {"NAME": "Ada"}},
    }
)
assert resend.Emails.get(filled["id"])["html"] == "<p>Ada</p>"
assert resend.Templates.get("hi")["status"] == "published"
assert len(resend.Templates.list()["data"]) == 1
resend.Templates.remove("hi")
with refused("this fake does not support GET /domains"):
    resend.Domains.list()
