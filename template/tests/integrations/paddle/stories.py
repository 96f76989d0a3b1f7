"""What happens at Paddle, and a handler that fails."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.integrations.paddle import events
from tests.integrations.paddle.conftest import customer, moment, subscription, transaction

STORY = [
    customer(1),
    subscription(2, "created"),
    subscription(3, "paused", status="paused", next_billed_at=None),
    # One change, two events at the same moment.
    subscription(4, "updated", next_billed_at=None, items=[]) | {"occurred_at": moment(3)},
    transaction(5),
]


def break_after_storing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the handler of subscriptions fail when it has stored the row already."""
    store = events.store_subscriptions

    async def fail(session: AsyncSession, *args: Any, **kwargs: Any) -> int:
        assert await store(session, *args, **kwargs) == 1
        message = "the plug was pulled"
        raise RuntimeError(message)

    monkeypatch.setattr(events, "store_subscriptions", fail)
