"""Keeping calendars in step: a job reads the changes first, and stores each page in one go."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import OwnerSession, limit_to_owner
from app.core.db import release_connection
from app.core.jobs import job
from app.core.services import get
from app.features.calendar_sync.client import CalendarClient, RemoteMeeting, TokenTooOld
from app.features.calendar_sync.models import LinkedCalendar, SyncedMeeting

PAUSE = timedelta(minutes=15)

log = structlog.get_logger(__name__)


class SyncCalendar(BaseModel):
    """The calendar to read."""

    owner_id: UUID
    calendar_id: UUID


@job(name="sync_calendar", leased=True, timeout=240)
async def sync_calendar(session: AsyncSession, payload: SyncCalendar) -> None:
    """Read the changes of a calendar since the last time, and store them."""
    own = limit_to_owner(session, payload.owner_id)
    calendar = await _find(own, payload.calendar_id)
    if calendar is None:
        return
    await release_connection(session)
    sync_token = calendar.sync_token
    changed: dict[str, RemoteMeeting] = {}
    try:
        async for page in get(CalendarClient).changes(calendar.remote_id, since=sync_token):
            changed.update({meeting.id: meeting for meeting in page.meetings})
            sync_token = page.sync_token or sync_token
    except TokenTooOld:
        log.info("calendar_read_again", calendar_id=str(payload.calendar_id))
        sync_token = None
        changed.clear()
    await _store(own, payload.calendar_id, list(changed.values()))
    await _move_on(own, payload.calendar_id, sync_token=sync_token)
    key = f"{payload.calendar_id}:{datetime.now(UTC):%Y-%m-%dT%H:%M}"
    await sync_calendar.enqueue(session, payload, key=key, delay=PAUSE)


async def _find(session: OwnerSession, calendar_id: UUID) -> LinkedCalendar | None:
    calendar: LinkedCalendar | None = await session.scalar(
        select(LinkedCalendar).where(LinkedCalendar.id == calendar_id)
    )
    return calendar


async def _store(
    session: OwnerSession, calendar_id: UUID, meetings: Sequence[RemoteMeeting]
) -> None:
    """Store the changed meetings, and delete the others: a statement for each."""
    deleted = [meeting.id for meeting in meetings if meeting.is_deleted]
    if deleted:
        await session.execute(
            delete(SyncedMeeting).where(
                SyncedMeeting.calendar_id == calendar_id, SyncedMeeting.remote_id.in_(deleted)
            )
        )
    rows = [
        {
            "calendar_id": calendar_id,
            "remote_id": meeting.id,
            "title": meeting.title[:200],
            "starts_at": meeting.starts_at,
        }
        for meeting in meetings
        if not meeting.is_deleted
    ]
    if rows:
        statement = insert(SyncedMeeting)
        new = statement.excluded
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["calendar_id", "remote_id"],
                set_={"title": new.title, "starts_at": new.starts_at},
            ),
            rows,
        )


async def _move_on(session: OwnerSession, calendar_id: UUID, *, sync_token: str | None) -> None:
    """Remember the state that was read, if it is another one."""
    calendar = await _find(session, calendar_id)
    if calendar is None:
        return
    if sync_token != calendar.sync_token:
        calendar.sync_token = sync_token
        await session.flush()
