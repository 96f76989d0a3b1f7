from datetime import time

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs.models import QueuedJob
from app.features.mail_preferences.models import MailPreferences
from app.features.mail_preferences.service import differences, is_quiet
from tests.conftest import ClientFor

PREFERENCES = "/api/v1/mail-preferences"


async def test_preferences_change_field_by_field(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    assert (await ada.get(PREFERENCES)).json()["data"]["digest"] == "weekly"
    await ada.patch(PREFERENCES, json={"digest": "daily", "quiet_from": "22:00:00"})
    changed = await ada.patch(PREFERENCES, json={"quiet_from": None})
    assert changed.status_code == 200, changed.text
    read = (await ada.get(PREFERENCES)).json()["data"]
    assert (read["digest"], read["quiet_from"], read["language"]) == ("daily", None, "en")
    planned = select(func.count()).where(QueuedJob.name == "plan_digest")
    assert await session.scalar(planned) == 1
    assert (await ada.patch(PREFERENCES, json={"digest": None})).status_code == 422


@pytest.mark.parametrize(("at", "expected"), [(23, True), (3, True), (7, False), (12, False)])
def test_quiet_hours_span_midnight(at: int, *, expected: bool) -> None:
    preferences = MailPreferences(quiet_from=time(22), quiet_until=time(7))
    assert is_quiet(preferences, time(at)) is expected


def test_differences_name_the_new_values() -> None:
    old = MailPreferences(digest="daily", language="en")
    new = MailPreferences(digest="daily", language="de")
    assert differences(old, new) == {"language": "de"}
