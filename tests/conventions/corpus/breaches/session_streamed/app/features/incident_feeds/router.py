"""Endpoints of incident feeds."""

from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import Depends
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import Response, StreamingResponse

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnSession
from app.core.api import API_V1, Router
from app.core.guards import RateLimit
from app.features.incident_feeds.feed import EventStream, Feed
from app.features.incident_feeds.models import Incident, IncidentWatch

router = Router(
    prefix=f"{API_V1}/incident-watches",
    tags=["incidents"],
    dependencies=[Depends(RateLimit("10/minute"))],
)


@router.put("/events", response_class=StreamingResponse)
async def watch_incidents(user: CurrentUser, session: OwnSession) -> Response:
    """Watch the incidents as server-sent events."""
    await session.execute(insert(IncidentWatch).values(owner_id=user.id))
    return EventStream(Feed(session))


async def _repeat(read: Callable[[], Awaitable[int | None]]) -> AsyncIterator[str]:
    for _ in range(10):
        yield f"{await read() or 0}\n"


@router.put("/counts", response_class=StreamingResponse)
async def watch_counts(user: CurrentUser, session: OwnSession) -> Response:
    """Watch the number of incidents, ten times."""
    await session.execute(insert(IncidentWatch).values(owner_id=user.id))
    count = select(func.count(Incident.id))
    numbers = _repeat(lambda: session.scalar(count))
    return StreamingResponse(numbers, media_type="text/plain")  # breach: session-streamed
