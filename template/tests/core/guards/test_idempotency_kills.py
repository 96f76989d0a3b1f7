"""A service killed between any two steps of an idempotent request has done all of it or nothing."""

import asyncio
from http import HTTPStatus
from pathlib import Path

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.core.conftest import Serve
from tests.core.guards.idempotent_routes import KEY, count_kept, count_probes, router
from tests.serving import serving

pytestmark = pytest.mark.usefixtures("tables")

DYING_SERVICE = """
import os, signal
from sqlalchemy.ext.asyncio import AsyncSession
from app import main
from app.core.guards import idempotency
from tests.core.guards.idempotent_routes import router

def dying(point, function):
    async def call(*args, **kwargs):
        result = await function(*args, **kwargs)
        if os.environ["DIE_AFTER"] == point:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

idempotency.claim_key = dying("claim", idempotency.claim_key)
AsyncSession.flush = dying("flush", AsyncSession.flush)
idempotency.store_response = dying("store", idempotency.store_response)
AsyncSession.commit = dying("commit", AsyncSession.commit)

def create_app():
    app = main.create_app()
    app.include_router(router)
    return app
"""


async def retry(client: httpx2.AsyncClient) -> httpx2.Response:
    """Repeat the request until PostgreSQL has noticed that the process with the key has died."""
    async with asyncio.timeout(10):
        while True:
            answer = await client.post("/probes?user=ada", json={"name": "one"}, headers=KEY)
            if answer.status_code != HTTPStatus.CONFLICT:
                return answer
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("point", "is_done"), [("claim", False), ("flush", False), ("store", False), ("commit", True)]
)
async def test_a_service_killed_at_any_point_has_done_all_or_nothing(
    point: str, *, is_done: bool, tmp_path: Path, committed_database: AsyncEngine, serve: Serve
) -> None:
    environment = {
        "DATABASE_URL": committed_database.url.render_as_string(hide_password=False),
        "DIE_AFTER": point,
    }
    with serving(DYING_SERVICE, folder=tmp_path, environment=environment) as server:
        async with httpx2.AsyncClient(base_url=server.address) as doomed:
            with pytest.raises(httpx2.HTTPError):
                await doomed.post("/probes?user=ada", json={"name": "one"}, headers=KEY)
        assert server.process.wait() == -9
    assert (await count_probes(), await count_kept()) == (int(is_done), int(is_done))
    answer = await retry(serve(router))
    assert answer.json() == {"data": {"name": "one 0"}}
    assert ("idempotency-replayed" in answer.headers) is is_done
    assert (await count_probes(), await count_kept()) == (1, 1)
