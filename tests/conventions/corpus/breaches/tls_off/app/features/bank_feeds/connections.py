"""Connections to the servers of banks."""

import asyncio
import ssl
from collections.abc import Mapping
from functools import partial
from typing import Any

import asyncpg
import httpx2
from redis.asyncio import Redis

VERIFIED = False
LEGACY: Mapping[str, Any] = {"verify": VERIFIED, "timeout": 5}

sandbox_client = partial(httpx2.AsyncClient, **LEGACY)  # breach: tls-off


def lenient_context() -> ssl.SSLContext:
    """Return the TLS settings for banks with certificates of their own."""
    context = ssl.create_default_context()
    context.check_hostname = False  # breach: tls-off
    context.verify_mode = ssl.CERT_NONE  # breach: tls-off
    return context


def bare_context() -> ssl.SSLContext:
    """Return the TLS settings for old servers."""
    return ssl._create_unverified_context()  # breach: tls-off


def anonymous_context() -> ssl.SSLContext:
    """Return the TLS settings for the server in the branch office."""
    protocol = ssl.PROTOCOL_TLS
    return ssl.SSLContext(protocol)  # breach: tls-off


class BankServer:
    """A server of a bank that speaks a protocol of its own."""

    def __init__(self, host: str, port: int) -> None:
        """Take the address of the server."""
        self._address = (host, port)
        self._tls = lenient_context()

    async def statement(self) -> bytes:
        """Return the statement of today."""
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(*self._address, ssl=self._tls)
            try:
                return await reader.read(1_000_000)
            finally:
                writer.close()


async def ledger_of(url: str) -> asyncpg.Connection:
    """Connect to the ledger of a bank."""
    # breach: tls-off
    return await asyncpg.connect(url, ssl="require", timeout=5, command_timeout=10)


def feed(url: str) -> Redis:
    """Return the connection to the feed of bookings."""
    # breach: tls-off
    return Redis.from_url(url, ssl_cert_reqs="none", socket_timeout=1, socket_connect_timeout=1)
