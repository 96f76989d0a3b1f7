"""Users of the attacked service, with rows of their own."""

import asyncio
import re
from base64 import b64decode
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx2

from proof.attack.target import API, SECONDS, Caller, Json, Report, Target

PASSWORD = "correct horse battery staple"  # noqa: S105 - of users that exist for a minute
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)  # one pixel
AS_PNG = {"Content-Type": "image/png"}
ALERT = {"symbol": "AAPL", "condition": "price_above", "threshold": "10"}


class AttackFailed(Exception):
    """A preparation of an attack did not work; the message has the response."""


@dataclass
class Person:
    """A user who is logged in.

    Attributes:
        email: The address.
        id: The id of the user.
        caller: A client with the token of the session.
        token: The token of the session.
        owned: The ids of the user's rows by the names of path parameters, such as `alert_id`.
    """

    email: str
    id: str
    caller: Caller
    token: str
    owned: dict[str, str] = field(default_factory=dict)


async def join(target: Target, report: Report, name: str) -> Person:
    """Sign a user up, verify the address by the mail, and log in.

    Raises:
        AttackFailed: The service refused it.
    """
    email = f"{name}-{uuid4().hex}@example.com"
    stranger = Caller(target, report)
    account = {"email": email, "password": PASSWORD}
    signed_up = await succeed(stranger, "POST", f"{API}/users", account)
    if signed_up["next"] == "verify_address":
        token = {"token": await await_token(target, email)}
        await succeed(stranger, "POST", f"{API}/email-verifications/confirmations", token)
    opened = await succeed(stranger, "POST", f"{API}/sessions", account)
    caller = Caller(target, report, token=opened["token"])
    me = await succeed(caller, "GET", f"{API}/users/me")
    owned = {"user_id": me["id"], "session_id": opened["id"]}
    return Person(email, me["id"], caller, opened["token"], owned)


async def await_token(target: Target, email: str, *, newer_than: int = 0) -> str:
    """Return the token of the newest mail to an address.

    Args:
        target: The service, with a fake Resend.
        email: The address.
        newer_than: The number of mails with a token that there were before.

    Raises:
        AttackFailed: No such mail arrived.
    """
    deadline = monotonic() + SECONDS
    while monotonic() < deadline:
        tokens = await read_tokens(target, email)
        if len(tokens) > newer_than:
            return tokens[0]
        await asyncio.sleep(0.1)
    raise AttackFailed(f"No mail with a token for {email} arrived.")


async def read_tokens(target: Target, email: str) -> list[str]:
    """Return the tokens of all mails to an address, the newest first."""
    state: Any = await asyncio.to_thread(target.service.vendor_state, "resend")
    texts = [mail["text"] for mail in reversed(state["mails"]) if email in mail["to"]]
    return [found[1] for text in texts if (found := re.search(r"Your token: (\S+)", text))]


async def promote(target: Target, person: Person) -> None:
    """Make a user an administrator by the service's own command."""
    await asyncio.to_thread(target.service.run, ["app.commands.make_admin", person.email])


async def give_belongings(target: Target, person: Person, *, admin: Person) -> None:
    """Create a row of each kind that the service has for a user: an alert and a file.

    Raises:
        AttackFailed: The service refused it.
    """
    operations = {operation.id for operation in target.operations()}
    if "create_alert" in operations:
        symbol = {"ticker": "AAPL", "name": "Apple", "currency": "USD"}
        await admin.caller.send("POST", f"{API}/symbols", symbol)  # a 409 if it exists already
        created = await succeed(person.caller, "POST", f"{API}/alerts", ALERT)
        person.owned["alert_id"] = created["id"]
    if "upload_file" not in operations:
        return
    uploaded = await person.caller.send("POST", f"{API}/files?name=a.png", raw=PNG, headers=AS_PNG)
    person.owned["file_id"] = data_of(uploaded)["id"]


async def succeed(caller: Caller, method: str, path: str, content: object = None) -> Json:
    """Send a request that has to succeed, and return the data of its response.

    Raises:
        AttackFailed: It did not succeed.
    """
    return data_of(await caller.send(method, path, content))


def data_of(response: httpx2.Response) -> Json:
    """Return the data of a response.

    Raises:
        AttackFailed: It is the response to a request that failed.
    """
    if not response.is_success:
        sent = response.request
        raise AttackFailed(f"{sent.method} {sent.url}: {response.status_code} {response.text}")
    data: Json = response.json()["data"] if response.content else {}
    return data
