"""Services of preferences."""

from datetime import time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from pydantic import BaseModel
from sqlalchemy import func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.typing import FilteringBoundLogger

from app.core.jobs import job
from app.features.mail_preferences.models import MailPreferences
from app.features.mail_preferences.schemas import PreferencesPatch

UTC_ZONE = ZoneInfo("UTC")

log: FilteringBoundLogger = structlog.get_logger(__name__)


class PlanDigest(BaseModel):
    """The user for whom the next digest has to be planned again."""

    user_id: UUID


async def get_preferences(session: AsyncSession, user_id: UUID) -> MailPreferences:
    """Return the preferences of a user; of one without any, the defaults."""
    statement = select(MailPreferences).where(MailPreferences.user_id == user_id)
    stored: MailPreferences | None = await session.scalar(statement)
    return stored or MailPreferences(user_id=user_id, digest="weekly", language="en")


async def change_preferences(
    session: AsyncSession, user_id: UUID, patch: PreferencesPatch
) -> MailPreferences:
    """Change the given fields in one statement, which inserts the row if there is none."""
    changes = patch.model_dump(exclude_unset=True)
    statement = insert(MailPreferences).values(user_id=user_id, **changes)
    statement = statement.on_conflict_do_update(
        index_elements=["user_id"], set_={**changes, "updated_at": func.clock_timestamp()}
    )
    # xmax is 0 for a row that the statement has inserted.
    is_new = literal_column("xmax = 0").label("is_new")
    row = (await session.execute(statement.returning(MailPreferences, is_new))).one()
    preferences: MailPreferences = row[0]
    if row.is_new or "digest" in changes:
        key = f"{user_id}:{preferences.updated_at.timestamp()}"
        await plan_digest.enqueue(session, PlanDigest(user_id=user_id), key=key)
    return preferences


def is_quiet(preferences: MailPreferences, at: time) -> bool:
    """Return whether a time is within the quiet hours, which may span midnight."""
    begin, end = preferences.quiet_from, preferences.quiet_until
    if begin is None or end is None or begin == end:
        return False
    if begin < end:
        return begin <= at < end
    return at >= begin or at < end


def differences(old: MailPreferences, new: MailPreferences) -> dict[str, Any]:
    """Return the new values of the settings that are different."""
    return {
        name: getattr(new, name)
        for name in ("digest", "quiet_from", "quiet_until", "language")
        if getattr(old, name) != getattr(new, name)
    }


@job(name="plan_digest")
async def plan_digest(session: AsyncSession, payload: PlanDigest) -> None:
    """Plan the next digest by the preferences as they are now."""
    preferences = await get_preferences(session, payload.user_id)
    try:
        zone = ZoneInfo(preferences.time_zone) if preferences.time_zone else UTC_ZONE
    except ZoneInfoNotFoundError:  # a machine without time zones plans by UTC
        log.warning("zone_unknown", zone=preferences.time_zone)
        zone = UTC_ZONE
    log.info("digest_planned", user_id=str(payload.user_id), zone=zone.key)
