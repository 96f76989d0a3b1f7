"""The servers of acquired companies."""

import asyncio
import imaplib
import smtplib
from email.message import EmailMessage
from ftplib import FTP_TLS
from http.client import HTTPSConnection
from urllib import request as web

import aiosmtplib


def _list_folder(host: str, folder: str) -> list[str]:
    with FTP_TLS(host) as server:  # breach: missing-timeout
        server.login()
        return server.nlst(folder)


def _fetch(host: str, path: str) -> bytes:
    connection = HTTPSConnection(host)  # breach: missing-timeout
    try:
        connection.request("GET", path)
        return connection.getresponse().read(1_000_000)
    finally:
        connection.close()


def _open(url: str) -> bytes:
    with web.urlopen(url) as page:  # breach: missing-timeout
        return page.read(1_000_000)


class Mailbox:
    """The mailbox to which an archive sends its lists."""

    def __init__(self, host: str) -> None:
        """Take the host of the mail server."""
        self._host = host
        self._connect = imaplib.IMAP4_SSL

    def _count(self) -> int:
        with self._connect(self._host) as server:  # breach: missing-timeout
            _, found = server.select("INBOX", readonly=True)
            return int(found[0] or 0)

    async def count(self) -> int:
        """Return the number of lists."""
        return await asyncio.to_thread(self._count)

    async def reply(self, message: EmailMessage) -> None:
        """Send a message to the archive."""
        await aiosmtplib.send(message, hostname=self._host, timeout=None)  # breach: missing-timeout

    async def reply_slowly(self, message: EmailMessage) -> None:
        """Send a message by the old server, which takes minutes."""

        def send() -> None:
            with smtplib.SMTP(self._host, timeout=120) as server:
                server.send_message(message)

        await asyncio.to_thread(send)


async def list_folder(host: str, folder: str) -> list[str]:
    """Return the files in a folder of an archive."""
    return await asyncio.to_thread(_list_folder, host, folder)


async def fetch_both(host: str, path: str) -> tuple[bytes, bytes]:
    """Return a file of an archive, and its index."""
    file = await asyncio.to_thread(_fetch, host, path)
    return file, await asyncio.to_thread(_open, f"https://{host}/index")
