"""Replay of events: those that failed, or all of them."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.integrations.paddle.models import PaddleSubscription
from app.integrations.paddle.replay import replay
from tests.integrations.paddle.conftest import Send, read_events, read_tables
from tests.integrations.paddle.examples import HISTORY, fail_after_storing, make_event, subscription


async def test_a_replay_applies_failed_events(
    send: Send, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        fail_after_storing(broken)
        await send(subscription(1))
        await send(subscription(2, "updated", status="paused"))
        assert (await replay("evt_0001"))["failed"] == 1
    assert await replay("evt_0001") == {"applied": 1, "kept": 0, "failed": 0}
    assert await read_events(session) == {"evt_0001": "applied", "evt_0002": "failed"}
    assert (await replay())["applied"] == 2
    assert (await read_tables())["paddle_subscriptions"][0]["status"] == "paused"


async def test_a_replay_of_everything_changes_nothing(send: Send) -> None:
    for event in (*HISTORY, make_event(6, "comet.sighted", {})):
        await send(event)
    before = await read_tables()
    for _ in range(2):
        assert await replay() == {"applied": len(HISTORY), "kept": 1, "failed": 0}
    assert await read_tables() == before


async def test_a_replay_fixes_the_row_of_its_event(send: Send, session: AsyncSession) -> None:
    await send(subscription(1))
    stored = await session.get_one(PaddleSubscription, "sub_1")
    stored.status = "paused"
    await session.commit()
    await replay("evt_0001")
    assert (await read_tables())["paddle_subscriptions"][0]["status"] == "active"


async def test_a_replay_of_an_unknown_event_does_nothing() -> None:
    assert (await replay("evt_nowhere")).total() == 0
