from uuid import UUID

import httpx2
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.owned import ALL_OWNERS
from app.core.http import HttpClient
from app.core.services import provide
from app.features.calendar_sync.client import CalendarClient
from app.features.calendar_sync.models import LinkedCalendar, SyncedMeeting
from app.features.calendar_sync.service import SyncCalendar, sync_calendar
from tests.conftest import ClientFor
from tests.features.upstream import upstream_response

MEETING = {"id": "m1", "title": "Standup", "starts_at": "2026-01-31T12:00:00Z"}


async def store_calendar(session: AsyncSession) -> tuple[UUID, UUID]:
    owner_id = (await session.scalars(select(User.id))).one()
    calendar = LinkedCalendar(owner_id=owner_id, remote_id="c1")
    session.add(calendar)
    await session.commit()
    return owner_id, calendar.id


async def test_changes_are_stored_and_their_state_is_kept(
    client_for: ClientFor, session: AsyncSession
) -> None:
    await client_for("ada@example.com")
    owner_id, calendar_id = await store_calendar(session)
    deleted = {"id": "m2", "starts_at": None}

    async def respond(_request: httpx2.Request) -> httpx2.Response:
        return upstream_response(body={"meetings": [MEETING, deleted], "sync_token": "s1"})

    transport = httpx2.MockTransport(respond)
    http = HttpClient("calendar", base_url="http://127.0.0.1", transport=transport)
    with provide(CalendarClient, CalendarClient(http, max_pages=5)):
        payload = SyncCalendar(owner_id=owner_id, calendar_id=calendar_id)
        await sync_calendar.handler(session, payload)
    assert await session.scalar(select(func.count()).select_from(SyncedMeeting)) == 1
    statement = select(LinkedCalendar.sync_token).options(ALL_OWNERS)
    assert await session.scalar(statement) == "s1"
