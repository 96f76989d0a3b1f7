"""A service killed between two steps of an event has stored and applied all of it, or nothing."""

from pathlib import Path

import httpx2
import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from devtools.fakes.paddle import sign
from tests.integrations.paddle.conftest import SECRET, WEBHOOKS, Send, read_events, read_tables
from tests.integrations.paddle.examples import subscription
from tests.serving import serving

DYING_SERVICE = """
import os, signal
from sqlalchemy.ext.asyncio import AsyncSession
from app import main
from app.integrations.paddle import store

def dying(point, function):
    async def call(*args, **kwargs):
        result = await function(*args, **kwargs)
        if os.environ["DIE_AFTER"] == point:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

store._upsert_rows = dying("rows", store._upsert_rows)
AsyncSession.commit = dying("commit", AsyncSession.commit)
create_app = main.create_app
"""


@pytest.mark.parametrize(
    ("point", "is_applied"),
    [("rows", False), ("commit", True)],
)
async def test_a_service_killed_at_any_point_has_applied_all_or_nothing(
    point: str,
    *,
    is_applied: bool,
    tmp_path: Path,
    committed_database: AsyncEngine,
    send: Send,
    session: AsyncSession,
) -> None:
    environment = {
        "DATABASE_URL": committed_database.url.render_as_string(hide_password=False),
        "DIE_AFTER": point,
        "PADDLE_WEBHOOK_SECRET": SECRET,
        "PADDLE_WEBHOOK_TOLERANCE_SECONDS": "600",
    }
    body = orjson.dumps(subscription(1))
    header = {"Paddle-Signature": sign(body, secret=SECRET)}
    with serving(DYING_SERVICE, folder=tmp_path, environment=environment) as server:
        async with httpx2.AsyncClient(base_url=server.address) as doomed:
            with pytest.raises(httpx2.HTTPError):
                await doomed.post(WEBHOOKS, content=body, headers=header)
        assert server.process.wait() == -9
    assert await read_events(session) == ({"evt_0001": "applied"} if is_applied else {})
    tables = await read_tables()
    for name in ("paddle_customers", "paddle_subscriptions"):
        assert len(tables[name]) == int(is_applied)
    again = await send(subscription(1))
    assert again.json()["data"]["outcome"] == ("repeated" if is_applied else "applied")
    assert len((await read_tables())["paddle_subscriptions"]) == 1
