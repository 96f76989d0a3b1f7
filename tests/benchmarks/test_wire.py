"""The client of requests in turn: what it sends, and the responses that it refuses."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import sleep

import pytest

from benchmarks.wire import Connection, UnexpectedResponse, encode


@contextmanager
def responding(*parts: bytes) -> Iterator[Connection]:
    """Yield a connection to a server that sends these parts after a request, and closes."""

    def respond() -> None:
        accepted, _ = listener.accept()
        with accepted:
            accepted.recv(1000)
            for part in parts:
                accepted.sendall(part)
                sleep(0.05)  # so that the next part arrives on its own

    with ThreadPoolExecutor(1) as server, socket.create_server(("127.0.0.1", 0)) as listener:
        responded = server.submit(respond)
        with Connection(listener.getsockname()[1]) as connection:
            yield connection
        responded.result(10)


def test_a_request_has_the_length_and_the_type_of_its_body() -> None:
    request = encode("POST", "/notes", {"a": 1}, headers={"X-Name": "ada"})
    assert request == (
        b"POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n"
        b'Content-Type: application/json\r\nX-Name: ada\r\n\r\n{"a": 1}'
    )


def test_a_request_without_a_body_has_no_length() -> None:
    assert encode("GET", "/notes") == b"GET /notes HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_response_is_complete_once_its_whole_body_is_there() -> None:
    with responding(b"HTTP/1.1 200 OK\r\ncontent-le", b'ngth: 10\r\n\r\n{"a"', b": 123}") as sent:
        assert sent.read(encode("GET", "/")) == {"a": 123}


def test_a_response_with_another_status_is_refused() -> None:
    with (
        responding(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone") as connection,
        pytest.raises(UnexpectedResponse, match=r"(?s)GET /notes .*404.*none"),
    ):
        connection.send(encode("GET", "/notes"))


def test_a_closed_connection_is_no_response() -> None:
    with (
        responding(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nno") as connection,
        pytest.raises(UnexpectedResponse, match="closed"),
    ):
        connection.send(encode("GET", "/"))
