"""The stop of a server that has requests, new connections and kept ones until its last moment."""

import asyncio
import signal
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from app.settings import Settings
from tests.serving import serving
from tests.waiting import wait_until

SERVICE = """
import asyncio
from app import main
def create_app():
    app = main.create_app()
    @app.get("/slow")
    async def read_slowly(seconds: float = 0.05) -> str:
        await asyncio.sleep(seconds)
        return "finished"
    return app
"""
CLIENTS = 10


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    assert settings.database_url
    return {"DATABASE_URL": settings.database_url.get_secret_value(), **changes}


async def wait_while_ready(client: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while (await client.get("/health/ready")).status_code == 200:
            await asyncio.sleep(0.02)  # noqa: ASYNC110 - of another process


class Balancer:
    """Clients that send requests as long as the server is ready, on kept and new connections."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.sends = True
        self.outcomes: Counter[str] = Counter()

    async def run(self) -> None:
        """Send requests until the server has been unready for a while, as balancers do."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(CLIENTS):
                tasks.create_task(self._send(reuses=number % 2 == 0))
            async with httpx2.AsyncClient(base_url=self.address) as client:
                await wait_while_ready(client)
            await asyncio.sleep(0.3)
            self.sends = False

    async def _send(self, *, reuses: bool) -> None:
        while self.sends:
            async with httpx2.AsyncClient(base_url=self.address, timeout=30) as client:
                for _ in range(20 if reuses else 1):
                    try:
                        response = await client.get("/slow")
                    except httpx2.TransportError as error:
                        self.outcomes[repr(error)] += 1
                    else:
                        self.outcomes[str(response.status_code)] += 1
                    if not self.sends:
                        break


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_no_request_is_lost_when_the_server_is_asked_to_stop(
    workers: str, tmp_path: Path, settings: Settings
) -> None:
    variables = environment(settings, SHUTDOWN_DRAIN_SECONDS="1.5", WEB_CONCURRENCY=workers)
    with serving(SERVICE, folder=tmp_path, environment=variables) as server:
        balancer = Balancer(server.address)
        running = asyncio.create_task(balancer.run())
        await wait_until(lambda: balancer.outcomes["200"] > 3 * CLIENTS)
        server.process.terminate()
        await running
        assert await asyncio.to_thread(server.process.wait) in {0, -signal.SIGTERM}
    assert set(balancer.outcomes) == {"200"}


async def test_a_draining_server_is_unready_and_closes_its_connections(
    tmp_path: Path, settings: Settings
) -> None:
    variables = environment(settings, SHUTDOWN_DRAIN_SECONDS="60")
    with serving(SERVICE, folder=tmp_path, environment=variables) as server:
        async with httpx2.AsyncClient(base_url=server.address, timeout=30) as client:
            slow = asyncio.create_task(client.get("/slow?seconds=1"))
            assert "connection" not in (await client.get("/slow")).headers
            server.process.terminate()
            await wait_while_ready(client)
            unready = await client.get("/health/ready")
            assert unready.json()["error"]["details"][0]["code"] == "stopping"
            assert (await client.get("/health/live")).status_code == 200
            for response in (unready, await client.get("/slow"), await slow):
                assert response.headers["Connection"] == "close"
            server.process.terminate()  # a second time: ends the pause
            assert await asyncio.to_thread(server.process.wait) in {0, -signal.SIGTERM}


async def test_ctrl_c_stops_a_server_without_a_pause(tmp_path: Path, settings: Settings) -> None:
    variables = environment(settings, SHUTDOWN_DRAIN_SECONDS="60")
    with serving(SERVICE, folder=tmp_path, environment=variables) as server:
        server.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(server.process.wait) in {0, -signal.SIGINT}
