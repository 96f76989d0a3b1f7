"""The clients of a run: each acts as a user, and records each action in the ledger."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2

from proof.chaos.client import TIMEOUT_SECONDS, Client, GivenUp
from proof.chaos.ledger import Ledger, Write
from proof.chaos.mailbox import Mailbox
from proof.service import RunningService

PASSWORD = "a long sentence about mountains"  # noqa: S105 (of accounts of this run)
SYMBOL = "PROOF"
PAUSE_SECONDS = 0.1
TEXT = {"Content-Type": "text/plain"}


@dataclass
class User:
    """A client with an account.

    Attributes:
        client: Its connection.
        number: Its number in the crowd.
        mailbox: The mails of everybody.
        alerts: The alerts that it has, and how often it changed each.
        files: The ids and the contents of its files.
        has_joined: Set when it has its first account.
    """

    client: Client
    number: int
    mailbox: Mailbox
    email: str = ""
    alerts: dict[str, Write] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    has_joined: asyncio.Event = field(default_factory=asyncio.Event)
    _names: Iterator[int] = field(default_factory=lambda: count(1))

    async def live(self) -> None:
        """Join, and act until the run ends."""
        actions, weights = zip(*ACTIONS.items(), strict=True)
        with suppress(GivenUp):
            await self.join()
        self.has_joined.set()
        while not self.client.closing.is_set():
            action: Action = random.choices(actions, weights)[0]
            with suppress(GivenUp):
                await action(self)
            await asyncio.sleep(random.uniform(0, 2 * PAUSE_SECONDS))

    async def join(self) -> None:
        """Sign up, choose a password with the mail's token, log in, and buy a plan."""
        email = f"user{self.number}.{next(self._names)}@example.com"
        await self._post("sign-up", email, "/users", {"email": email})
        token = await self.mailbox.wait_for_token(email, until=self.client.closing)
        confirmation = self.client.ledger.new("confirmation", email)
        # A token works once: if the first response was lost, the second says that it is used.
        await self.client.write(
            confirmation,
            *("POST", "/email-verifications/confirmations"),
            json={"token": token, "password": PASSWORD},
            also={400: "used"},
        )
        opened = await self._post(
            "log-in", email, "/sessions", {"email": email, "password": PASSWORD}
        )
        self.client.token = opened.json()["data"]["token"]
        self.email = email
        self.alerts.clear()
        self.files.clear()
        await self.buy()

    async def buy(self) -> None:
        """Start a checkout, pay at the vendor, and wait for the subscription."""
        write = self.client.ledger.new("checkout", self.email)
        started = await self.client.write(
            write, "POST", "/billing/checkouts", json={"plan": "pro"}, key=f"buy-{write.marker}"
        )
        write.facts["transaction"] = started.json()["data"]["transaction_id"]
        await self._pay(started.json()["data"]["url"])

    async def _pay(self, url: str) -> None:
        payment = self.client.ledger.new("payment", self.email, transaction=url.rpartition("/")[2])
        while not self.client.stopping.is_set():
            with suppress(httpx2.TransportError):
                response = await self.client.http.post(url)  # the vendor's page, not ours
                if response.status_code in {200, 303}:
                    payment.acknowledged = True
                    return
            await asyncio.sleep(PAUSE_SECONDS)

    async def create_alert(self) -> None:
        """Create an alert with the marker of the write as its threshold."""
        write = self.client.ledger.new("alert", self.email)
        created = await self.client.write(
            write, "POST", "/alerts", json=_alert(write.marker), key=f"alert-{write.marker}"
        )
        alert_id = created.json()["data"]["id"]
        write.facts |= {"id": alert_id, "version": 1, "is_deleted": False}
        self.alerts[alert_id] = write

    async def create_alerts(self) -> None:
        """Create three alerts in one request: all of them, or none."""
        writes = [self.client.ledger.new("batch", self.email) for _ in range(3)]
        body = {"alerts": [_alert(write.marker) for write in writes]}
        for write in writes:
            write.facts["batch"] = [write.marker for write in writes]
        await self.client.write(
            writes[0], "POST", "/alert-batches", json=body, key=f"batch-{writes[0].marker}"
        )
        for write in writes[1:]:
            write.acknowledged = True

    async def change_alert(self) -> None:
        """Change an alert in the version that is known, so that a repetition changes nothing."""
        if not self.alerts:
            return
        alert_id, alert = random.choice(list(self.alerts.items()))
        version = alert.facts["version"] + 1
        write = self.client.ledger.new("change", self.email, id=alert_id)
        await self.client.write(
            write,
            *("PATCH", f"/alerts/{alert_id}"),
            json={"threshold": _alert(alert.marker, version)["threshold"]},
            headers={"If-Match": f'"{version - 1}"'},
            also={412: "an earlier attempt did it"},
        )
        write.acknowledged = True
        alert.facts["version"] = version

    async def delete_alert(self) -> None:
        """Delete an alert; if a response was lost, the next one is a 404."""
        if not self.alerts:
            return
        alert_id = random.choice(list(self.alerts))
        alert = self.alerts.pop(alert_id)
        alert.facts["is_deleted"] = None  # unknown as yet
        write = self.client.ledger.new("deletion", self.email, id=alert_id)
        await self.client.write(
            write,
            *("DELETE", f"/alerts/{alert_id}"),
            headers={"If-Match": "*"},
            also={404: "an earlier attempt did it"},
        )
        write.acknowledged = alert.facts["is_deleted"] = True

    async def read_alert(self) -> None:
        """Read an alert that was acknowledged: it has to be there."""
        if not self.alerts:
            return
        alert_id, alert = random.choice(list(self.alerts.items()))
        response = await self.client.send("GET", f"/alerts/{alert_id}")
        if response is not None and response.status_code == httpx2.codes.NOT_FOUND:
            self.client.ledger.find("lost", f"alert {alert_id} cannot be read", phase=alert.phase)

    async def list_alerts(self) -> None:
        """Read a page of the own alerts."""
        await self.client.send("GET", "/alerts?limit=20")

    async def upload(self) -> None:
        """Upload a file under a name of its own; without a key, a repetition is another file."""
        write = self.client.ledger.new("file", self.email)
        content = f"file {write.marker} ".encode() * 200
        while not self.client.stopping.is_set():
            write.attempts += 1
            name = f"{write.marker}-{write.attempts}.txt"
            request: dict[str, Any] = {
                "params": {"name": name},
                "content": content,
                "headers": TEXT,
            }
            if self.client.leaves:
                await self.client.leave("POST", "/files", **request)
                continue
            response = await self.client.send("POST", "/files", **request)
            if response is not None and response.is_success:
                write.acknowledged = True
                write.facts |= {"name": name, "size": len(content)}
                self.files[response.json()["data"]["id"]] = content
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def download(self) -> None:
        """Download a file: it has to have the content that was uploaded."""
        if not self.files:
            return
        file_id, content = random.choice(list(self.files.items()))
        response = await self.client.send("GET", f"/files/{file_id}/content")
        if response is not None and response.is_success and response.content != content:
            self.client.ledger.find("lost", f"file {file_id} has another content")

    async def read_subscription(self) -> None:
        """Read the own subscription, which may not have arrived yet."""
        await self.client.send("GET", "/billing/subscription")

    async def _post(self, kind: str, owner: str, path: str, body: object) -> httpx2.Response:
        write = self.client.ledger.new(kind, owner)
        return await self.client.write(write, "POST", path, json=body)


Action = Callable[[User], Awaitable[None]]
ACTIONS: dict[Action, int] = {
    User.create_alert: 90,
    User.create_alerts: 15,
    User.change_alert: 60,
    User.delete_alert: 15,
    User.read_alert: 45,
    User.list_alerts: 30,
    User.upload: 18,
    User.download: 12,
    User.read_subscription: 12,
    User.join: 1,
}
"""The actions of users, and how often each is chosen."""


def make_crowd(
    service: RunningService, ledger: Ledger, mailbox: Mailbox, *, size: int
) -> list[User]:
    """Return users with addresses of their own: limits count per address."""
    return [
        User(Client(_connect(service, number), ledger), number, mailbox)
        for number in range(1, size + 1)
    ]


def _connect(service: RunningService, number: int) -> httpx2.AsyncClient:
    transport = httpx2.AsyncHTTPTransport(local_address=f"127.0.1.{number}")
    return httpx2.AsyncClient(
        base_url=service.address, transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False
    )


def _alert(marker: int, version: int = 1) -> dict[str, object]:
    threshold = f"{marker}.{version:08d}"
    return {"symbol": SYMBOL, "condition": "price_above", "threshold": threshold}
