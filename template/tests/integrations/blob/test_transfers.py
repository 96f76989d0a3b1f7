"""Shares of the connections to the store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.server.connections import ConnectionTable
from app.core.server.settings import ServerSettings
from app.core.services import provide
from app.integrations.blob import transfers
from app.settings import Environment
from tests.conftest import ClientFor
from tests.integrations.blob.conftest import Fake, file_states, serve, store_for
from tests.integrations.blob.examples import ADA, BOB, FILES, TEXT, upload

CAROL = "carol@example.com"
LARGE = b"x" * 20_000_000
IMPATIENT = ServerSettings(
    environment=Environment.TEST, body_min_bytes_per_second=100_000, body_timeout_seconds=0.5
)


@pytest.fixture(autouse=True)
def brief_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "WAIT_SECONDS", 0.2)


@pytest.fixture
async def address(app: FastAPI, committed_database: AsyncEngine, fake: Fake) -> AsyncIterator[str]:
    """The service on a port, with two transfers a user and four in all."""
    assert committed_database
    settings = fake.settings(blob_user_transfers=2, blob_transfers=4)
    with provide(ConnectionTable, ConnectionTable(IMPATIENT)):
        async with store_for(settings), serve(app) as address:
            yield address


@asynccontextmanager
async def sent(
    address: str, client: httpx2.AsyncClient, line: str, *, size: int = 0
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Send the head of a request on a connection of its own."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    length = f"Content-Length: {size}\r\n" if size else ""
    token = f"Authorization: {client.headers['Authorization']}\r\n"
    writer.write(f"{line} HTTP/1.1\r\nHost: test\r\n{token}{length}\r\n".encode())
    yield reader, writer
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def keep_sending(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 30_000)
        await asyncio.sleep(0.1)


async def hold_uploads(
    opened: AsyncExitStack, address: str, client: httpx2.AsyncClient, number: int
) -> None:
    """Begin uploads that are fast enough and do not end."""
    before = len(await file_states())
    for _ in range(number):
        line = f"POST {FILES}?name=a.txt"
        _, writer = await opened.enter_async_context(sent(address, client, line, size=10**8))
        sending = asyncio.create_task(keep_sending(writer))
        opened.callback(sending.cancel)
    for _ in range(1000):
        if len(await file_states()) == before + number:
            return
        await asyncio.sleep(0.01)


def code_of(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


async def test_a_user_has_a_share_of_the_transfers(address: str, client_for: ClientFor) -> None:
    ada, bob = await client_for(ADA), await client_for(BOB)
    async with AsyncExitStack() as opened:
        await hold_uploads(opened, address, ada, 2)
        refused = await upload(ada)
        assert code_of(refused) == (429, "too_many_transfers")
        assert refused.headers["Retry-After"] == "2"
        stored = await upload(bob)
        assert stored.status_code == 201
        content = await bob.get(f"{FILES}/{stored.json()['data']['id']}/content")
        assert content.content == TEXT
    await wait_until_stored(ada)


async def test_all_users_together_have_a_number_of_transfers(
    address: str, client_for: ClientFor
) -> None:
    ada, bob, carol = await client_for(ADA), await client_for(BOB), await client_for(CAROL)
    async with AsyncExitStack() as opened:
        await hold_uploads(opened, address, ada, 2)
        await hold_uploads(opened, address, bob, 2)
        assert code_of(await upload(carol)) == (503, "store_busy")
    await wait_until_stored(carol)


async def test_a_transfer_waits_for_another_that_ends_soon(
    address: str, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert address
    monkeypatch.setattr(transfers, "WAIT_SECONDS", 20)
    ada = await client_for(ADA)
    responses = await asyncio.gather(*(upload(ada) for _ in range(12)))
    assert {response.status_code for response in responses} == {201}


async def test_an_upload_that_trickles_is_408_and_leaves_nothing(
    address: str, client_for: ClientFor
) -> None:
    ada = await client_for(ADA)
    async with sent(address, ada, f"POST {FILES}?name=a.txt", size=10**7) as (reader, writer):
        writer.write(b"x" * 10_000)
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
    await wait_for_states("deleting")  # the server responds before the upload has ended
    await wait_until_stored(ada)


async def test_a_download_that_is_not_read_frees_its_place(
    address: str, client_for: ClientFor
) -> None:
    ada = await client_for(ADA)
    file_id = (await upload(ada, LARGE)).json()["data"]["id"]
    line = f"GET {FILES}/{file_id}/content"
    async with sent(address, ada, line) as (first, _), sent(address, ada, line) as (second, _):
        assert (await first.readline()).startswith(b"HTTP/1.1 200")
        assert (await second.readline()).startswith(b"HTTP/1.1 200")
        assert code_of(await upload(ada)) == (429, "too_many_transfers")
        await wait_until_stored(ada)
        assert len(await read_to_end(first)) < len(LARGE)


async def wait_for_states(*states: str) -> None:
    for _ in range(1000):
        if (found := await file_states()) == list(states):
            break
        await asyncio.sleep(0.01)
    assert found == list(states)


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    return b"".join([part async for part in iter_parts(reader)])


async def iter_parts(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while part := await reader.read(65_536):
        yield part


async def wait_until_stored(client: httpx2.AsyncClient) -> None:
    """Upload until a place is free."""
    for _ in range(100):
        if (response := await upload(client)).status_code == 201:
            return
        await asyncio.sleep(0.1)
    pytest.fail(response.text)
