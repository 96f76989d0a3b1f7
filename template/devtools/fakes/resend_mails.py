"""The mails and templates of a fake Resend, and the format of its requests and responses."""

import hmac
import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from time import time
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse

Json = dict[str, Any]

DETAILS = {
    "email.bounced": {"bounce": {"type": "Permanent", "subType": "General", "message": "Unknown"}},
    "email.suppressed": {"suppressed": {"type": "OnAccountSuppressionList", "message": "Bounced"}},
}
MAX_RECIPIENTS = 50
MAX_LISTED = 100
ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
SENDER = re.compile(rf"({ADDRESS.pattern}|[^<>]+ <{ADDRESS.pattern}>)")
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
VARIABLE = re.compile(r"\{\{\{\s*(\w+)\s*\}\}\}")


class Refused(Exception):
    """An error response of the API."""

    def __init__(self, status: int, name: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.name, self.message, self.headers = status, name, message, headers


class Templates:
    """The templates of an account, found by id or alias."""

    def __init__(self) -> None:
        """Begin without any."""
        self.all: list[Json] = []

    def find(self, key: str) -> Json:
        """Return a template.

        Raises:
            Refused: There is none.
        """
        for template in self.all:
            if key in {template["id"], template["alias"]}:
                return template
        raise Refused(404, "not_found", "Template not found")

    def add(self, given: Json) -> Json:
        """Add a draft.

        Raises:
            Refused: A field is missing.
        """
        if missing := [name for name in ("name", "html") if not given.get(name)]:
            raise Refused(422, "missing_required_field", f"Missing {', '.join(missing)}.")
        blank: Json = dict.fromkeys(("alias", "from", "subject", "reply_to", "text"))
        template = blank | {"id": str(uuid4()), "created_at": now_text(), "variables": []} | given
        template |= {"object": "template", "status": "draft", "published_at": None}
        self.all.append(template | {"updated_at": template["created_at"]})
        return self.all[-1]

    def change(self, key: str, **values: Any) -> Json:  # noqa: ANN401 - as in JSON
        """Change a template, and return it."""
        template = self.find(key)
        template |= {**values, "updated_at": now_text()}
        return template

    def fill(self, asked: Json) -> Json:
        """Return the parts of a mail that its template gives.

        Raises:
            Refused: The template is not published, or lacks the value of a variable.
        """
        template = self.find(str(asked.get("id")))
        if template["status"] != "published":
            raise Refused(422, "validation_error", "The template is not published.")
        values = {one["key"]: one.get("fallback_value") for one in template["variables"]}
        values |= asked.get("variables") or {}

        def value_of(found: re.Match[str]) -> str:
            if values.get(found[1]) is None:
                raise Refused(422, "validation_error", f"Missing the variable {found[1]}.")
            return str(values[found[1]])

        texts = {name: template[name] for name in ("subject", "html", "text") if template[name]}
        filled = {name: VARIABLE.sub(value_of, text) for name, text in texts.items()}
        senders = {name: template[name] for name in ("from", "reply_to") if template[name]}
        return filled | senders


def check_mail(mail: object, templates: Templates) -> Json:
    """Return a mail of a request as it is sent.

    Raises:
        Refused: Resend would refuse it.
    """
    if not isinstance(mail, dict):
        raise Refused(400, "validation_error", "The body is not a JSON object.")
    if template := mail.get("template"):
        if mail.get("html") or mail.get("text"):
            raise Refused(422, "validation_error", "Send either a template, or html and text.")
        mail = templates.fill(template) | mail
    if missing := [name for name in ("from", "to", "subject") if not mail.get(name)]:
        raise Refused(422, "missing_required_field", f"Missing {', '.join(missing)}.")
    if not mail.get("html") and not mail.get("text"):
        raise Refused(422, "validation_error", "Missing html or text.")
    mail["to"] = [mail["to"]] if isinstance(mail["to"], str) else mail["to"]
    _check_addresses(mail)
    tags = [part for tag in mail.get("tags") or [] for part in (tag["name"], tag["value"])]
    if not all(TAG.fullmatch(part) for part in tags):
        raise Refused(422, "validation_error", "Tags are ASCII letters, digits, _ and -.")
    return mail


def _check_addresses(mail: Json) -> None:
    if not SENDER.fullmatch(mail["from"]):
        raise Refused(422, "validation_error", "Invalid `from` field.")
    are_valid = all(ADDRESS.fullmatch(address) for address in mail["to"])
    if not are_valid or len(mail["to"]) > MAX_RECIPIENTS:
        raise Refused(422, "validation_error", "Invalid `to` field.")


async def read_json(request: Request) -> Any:  # noqa: ANN401 - as it is in the request
    """Return the body of a request; `None` if it is not JSON."""
    try:
        return await request.json()
    except ValueError:
        return None


def list_page(request: Request, entities: list[Json]) -> JSONResponse:
    """Return a page of entities, the newest first."""
    query = request.query_params
    newest = entities[::-1]
    ids = [entity["id"] for entity in newest]
    limit = query.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_LISTED:
        raise Refused(422, "validation_error", f"limit is 1 to {MAX_LISTED}.")
    start, end = 0, len(ids)
    if (after := query.get("after")) in ids:
        start = ids.index(after) + 1
    if (before := query.get("before")) in ids:
        end = ids.index(before)
        start = max(0, end - int(limit))
    page = newest[start:end][: int(limit)]
    has_more = start + len(page) < end if before is None else start > 0
    return JSONResponse({"object": "list", "has_more": has_more, "data": page})


def describe_mail(mail: Json) -> Json:
    """Return a mail as the API shows it."""
    blank: Json = dict.fromkeys(("html", "text", "cc", "bcc", "reply_to", "scheduled_at"))
    lists = {
        name: [mail[name]] for name in ("cc", "bcc", "reply_to") if isinstance(mail.get(name), str)
    }
    shown = blank | {"object": "email", "message_id": f"<{mail['id']}@example.com>", "tags": []}
    given = {name: value for name, value in mail.items() if name != "template"}
    return shown | given | lists


def describe_event(mail: Json, kind: str) -> Json:
    """Return the data of a webhook about a mail."""
    tags = {tag["name"]: tag["value"] for tag in mail.get("tags") or []}
    shared = {name: mail[name] for name in ("from", "to", "subject", "created_at")}
    return {"email_id": mail["id"], **shared, "tags": tags, **DETAILS.get(kind, {})}


async def answer_refused(_: Request, error: Exception) -> JSONResponse:
    """Return an error in Resend's form."""
    assert isinstance(error, Refused)  # noqa: S101 (registered for this class only)
    body = {"statusCode": error.status, "name": error.name, "message": error.message}
    return JSONResponse(body, error.status, error.headers)


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


def now_text() -> str:
    """Return this moment as Resend writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
