"""Calling the hooks of partners, with a signature by each secret that is valid."""

import asyncio
import hmac
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from time import time
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from app.core.errors import BadRequest
from app.core.http import HttpClient
from app.features.outgoing_hooks.settings import OutgoingHookSettings

log = structlog.get_logger(__name__)


class PartnerUnknown(BadRequest):
    """The settings name no such partner."""

    code = "hook_partner_unknown"
    message = "There is no partner of this name."


class HookCaller:
    """Calls the partners, through one client for each."""

    def __init__(self, clients: Mapping[str, HttpClient], settings: OutgoingHookSettings) -> None:
        """Take the clients by the names of the partners."""
        self._clients = clients
        self._secrets = settings.hook_signing_secret, settings.hook_previous_secret
        self._slots = asyncio.Semaphore(settings.hook_calls_at_once)

    def client_of(self, partner: str) -> HttpClient:
        """Return the client of a partner.

        Raises:
            PartnerUnknown: The settings name none of this name.
        """
        if partner not in self._clients:
            raise PartnerUnknown
        return self._clients[partner]

    async def call_all(self, calls: Iterable[tuple[str, str]], body: bytes) -> Sequence[str]:
        """Call hooks, some at a time, and return the partners that did not take the call."""
        wanted = list(calls)
        results = await asyncio.gather(
            *[self._call(partner, path, body) for partner, path in wanted],
            return_exceptions=True,
        )
        failed: list[str] = []
        for (partner, _), result in zip(wanted, results, strict=True):
            if isinstance(result, asyncio.CancelledError):
                raise result
            if isinstance(result, BaseException):
                log.warning("hook_not_taken", partner=partner, error=type(result).__name__)
                failed.append(partner)
        return failed

    async def _call(self, partner: str, path: str, body: bytes) -> None:
        headers = {"X-Signature": self._sign(body), "Content-Type": "application/json"}
        async with self._slots:
            await self.client_of(partner).request("POST", path, content=body, headers=headers)

    def _sign(self, body: bytes) -> str:
        now = str(int(time()))
        macs = [_mac(secret, now, body) for secret in self._secrets if secret is not None]
        return f"t={now}," + ",".join(f"v1={mac}" for mac in macs)


def _mac(secret: SecretStr, now: str, body: bytes) -> str:
    signed = now.encode() + b"." + body
    return hmac.new(secret.get_secret_value().encode(), signed, sha256).hexdigest()


def allowed_partners(addresses: Mapping[str, str]) -> dict[str, str]:
    """Return the partners with an HTTPS address, without a user and without a port.

    The settings are written by people who run the service; this catches their slips.
    """
    allowed: dict[str, str] = {}
    for name, address in addresses.items():
        parts = urlsplit(address)
        if parts.scheme == "https" and parts.hostname and not (parts.username or parts.port):
            allowed[name] = f"https://{parts.hostname}"
        else:
            log.warning("hook_partner_left_out", partner=name)
    return allowed


def has_changed_secret(old: OutgoingHookSettings, new: OutgoingHookSettings) -> bool:
    """Return whether the secret of two settings is another one; both are this service's own."""
    return old.hook_signing_secret != new.hook_signing_secret
