"""Endpoints of the feed."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated

from fastapi import Depends, Header
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import limit_to_owner
from app.core.api import API_V1, Router, Sunset, errors
from app.core.db import ReadSessionLocal
from app.core.errors import Unavailable
from app.core.guards import RateLimit
from app.core.services import get
from app.features.shop_event_feed.feed import Feed
from app.features.shop_event_feed.models import ShopEvent

CONNECTIONS = Depends(RateLimit("30/minute", name="feed_connections"))
DUMPS = Sunset(deprecated=date(2026, 6, 1), removed=date(2027, 6, 1))
_EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}

router = Router(prefix=API_V1, tags=["feed"])


class FeedFull(Unavailable):
    """This process has as many subscribers as it can take."""

    code = "shop_feed_full"
    message = "Too many subscribers. Connect again after the time in Retry-After."
    retry_after_seconds = 10


@router.get(
    "/shop-events",
    dependencies=[CONNECTIONS],
    responses=errors(FeedFull) | {200: {"content": _EVENTS}},
)
async def stream_shop_events(
    user: CurrentUser, last_event_id: Annotated[int, Header(ge=0, le=2**62)] = 0
) -> StreamingResponse:
    """Stream your events as they happen, beginning behind the one in `Last-Event-ID`."""
    feed = get(Feed)
    if feed.is_full:
        raise FeedFull
    return StreamingResponse(
        feed.stream(user.id, after=last_event_id), media_type="text/event-stream"
    )


@router.get(
    "/shop-event-dump",
    deprecated=True,
    dependencies=[CONNECTIONS, Depends(DUMPS)],
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def stream_shop_event_dump(user: CurrentUser) -> StreamingResponse:
    """Stream the kinds of your events; use `GET /shop-events` instead."""
    owner_id = user.id

    async def lines() -> AsyncIterator[str]:
        # The session of the request is closed by now, so the body has one of its own.
        async with ReadSessionLocal() as session:
            statement = select(ShopEvent.kind).order_by(ShopEvent.number).limit(10_000)
            for kind in await limit_to_owner(session, owner_id).scalars(statement):
                yield f"{kind}\n"

    return StreamingResponse(lines(), media_type="text/plain")
