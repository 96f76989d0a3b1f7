"""Clients that write bytes to a socket, for requests that no HTTP library sends."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import orjson

SECONDS_TO_RESPOND = 30


@contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    """Connect to the server until the block ends."""
    url = urlsplit(address)
    with socket.create_connection((url.hostname, url.port), SECONDS_TO_RESPOND) as connection:
        yield connection


def receive_all(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    received = bytearray()
    with suppress(ConnectionError):
        while part := connection.recv(65_536):
            received += part
    return bytes(received)


def send_all(connection: socket.socket, parts: Iterable[bytes]) -> int:
    """Send parts until the server closes the connection; return the number of bytes sent."""
    sent = 0
    with suppress(ConnectionError, TimeoutError):
        for part in parts:
            connection.sendall(part)
            sent += len(part)
    return sent


def error_of(response: bytes) -> tuple[int, str]:
    """Return the status and the code of a response that is an error envelope."""
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head.split()[1]), orjson.loads(body)["error"]["code"]
