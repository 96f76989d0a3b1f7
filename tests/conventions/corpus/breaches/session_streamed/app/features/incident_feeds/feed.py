"""The feed of incidents."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import StreamingResponse

from app.features.incident_feeds.models import Incident

MAX_POLLS = 600


@dataclass
class Feed:
    """Looks for incidents every second, for ten minutes."""

    session: AsyncSession

    async def events(self) -> AsyncIterator[str]:
        """Yield an event for each incident."""
        newest = select(Incident).order_by(Incident.id.desc()).limit(1)
        for _ in range(MAX_POLLS):
            incident = await self.session.scalar(newest)
            yield f"data: {incident.title if incident else ''}\n\n"
            await asyncio.sleep(1)


class EventStream(StreamingResponse):
    """A response of server-sent events."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed) -> None:
        """Take the feed to send."""
        super().__init__(feed.events())  # breach: session-streamed
