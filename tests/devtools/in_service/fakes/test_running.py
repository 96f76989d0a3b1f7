import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from devtools.fakes.running import run_fake
from tests.devtools.conftest import SERVICE_ROOT, is_running, wait_until

HERE = "tests.devtools.fakes.test_running"
OWNER = f"""
import os, sys
from devtools.fakes.running import run_fake
print(run_fake("echo", create_app="{HERE}:create_app", tell=lambda line: None), flush=True)
os.execvp(sys.executable, [sys.executable, "-c", "import sys; print('on', flush=True); sys.stdin.read()"])
"""  # noqa: E501


def create_app() -> Starlette:
    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse(str(os.getpid()))

    return Starlette(routes=[Route("/", answer)])


def ask(address: str) -> int:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 (our own)
        return int(answer.read())


@contextmanager
def owner() -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A program that runs a fake and is then replaced by another program."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER],
        cwd=SERVICE_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        assert process.stdout.readline() == "on\n"
        yield process, address
        process.kill()


def test_a_fake_answers_as_soon_as_its_address_is_known_and_says_so() -> None:
    lines: list[str] = []

    address = run_fake("echo", create_app=f"{HERE}:create_app", tell=lines.append)

    assert ask(address) != os.getpid()
    assert lines == [f"a fake echo replaces the real one: {address}"]


def test_a_fake_stays_with_the_program_that_replaces_its_owner_and_ends_with_it() -> None:
    with owner() as (process, address):
        fake = ask(address)

        process.kill()
        process.wait()

        wait_until(lambda: not is_running(fake))
        with pytest.raises(urllib.error.URLError):
            ask(address)


def test_a_fake_that_cannot_start_ends_the_program_that_wants_it() -> None:
    with pytest.raises(SystemExit, match="the fake echo did not start"):
        run_fake("echo", create_app=f"{HERE}:no_such_app", tell=print)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """The port beside that of the service."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        found: int = unused.getsockname()[1]
    monkeypatch.setenv("PORT", str(found - 1))
    return found


def test_a_second_program_of_the_service_uses_the_fake_at_its_fixed_port(port: int) -> None:
    lines: list[str] = []
    app = f"{HERE}:create_app"
    addresses = [run_fake("echo", create_app=app, tell=lines.append, offset=1) for _ in range(2)]
    assert addresses == [f"http://127.0.0.1:{port}"] * 2
    assert lines[1] == f"the fake echo of another program of this service is used: {addresses[1]}"
    with urllib.request.urlopen(f"{addresses[0]}/fakes", timeout=60) as page:  # noqa: S310 (our own)
        assert f'<a href="{addresses[0]}">echo</a>' in page.read().decode()


def test_a_fake_whose_port_is_taken_gets_another_one(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        address = run_fake("echo", create_app=f"{HERE}:create_app", tell=print, offset=1)
        assert address != f"http://127.0.0.1:{port}"
        assert ask(address) != os.getpid()
