"""The printers: their status page, and the raw port that takes labels."""

import socket
import urllib.request
from collections.abc import Callable
from time import sleep as pause
from typing import Protocol

import httpx2

RAW_PORT = 9100


class Port(Protocol):
    """The part of a socket that a printer needs."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of the data."""


class Printer:
    """A printer in the network of a warehouse."""

    def __init__(self, host: str, *, http: httpx2.Client, connect: Callable[[], Port]) -> None:
        """Take the address of the printer, and the ways to reach it."""
        self.host = host
        self._http = http
        self._connect = connect

    async def is_ready(self) -> bool:
        """Return whether the printer has labels."""
        response = self._http.get(f"http://{self.host}/status")  # breach: blocking-call
        return response.status_code == 200

    async def send(self, label: bytes) -> None:
        """Send a label to the raw port."""
        port = self._connect()  # breach: blocking-call
        port.sendall(label)

    async def firmware(self) -> str:
        """Return the version of the firmware."""
        match self.host.partition(":"):
            case (name, "", ""):
                fetch = urllib.request.urlopen
                page = fetch(f"http://{name}/version", timeout=5)  # breach: blocking-call
                return page.read(100).decode()
            case _:
                return "unknown"


async def wait_for_paper(seconds: float) -> None:
    """Wait until the printer has pulled the paper in."""
    pause(seconds)  # breach: blocking-call


def printer_at(host: str, http: httpx2.Client) -> Printer:
    """Return the printer at a host."""

    def connect() -> Port:
        return socket.create_connection((host, RAW_PORT), timeout=5)

    return Printer(host, http=http, connect=connect)
