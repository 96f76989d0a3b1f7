import socket
import subprocess
import sys

import pytest

from devtools import serve
from tests.devtools.conftest import SERVICE_ROOT, is_running, wait_until

RELOADER = """
import multiprocessing, os, time
from devtools import serve
def work():
    serve.stop_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(60)
multiprocessing.get_context("fork").Process(target=work).start()
time.sleep(60)
"""


def test_the_port_is_8000_unless_another_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    assert serve.read_port() == 8000

    monkeypatch.setenv("PORT", "8123")
    assert serve.read_port() == 8123


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "²"])
def test_an_invalid_port_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(SystemExit, match="a number from 1 to 65535"):
        serve.read_port()


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(SystemExit, match=rf"port {port}: another program.*PORT=8001 make dev"):
            serve.refuse_used_port(port)


def test_the_reloaded_process_stops_when_the_reloader_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RELOADER], cwd=SERVICE_ROOT, stdout=subprocess.PIPE, text=True
    ) as reloader:
        assert reloader.stdout
        worker = int(reloader.stdout.readline())
        assert is_running(worker)

        reloader.kill()

    wait_until(lambda: not is_running(worker))
