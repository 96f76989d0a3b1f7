from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.features.audit_trail.recording import changed_fields
from app.features.audit_trail.service import seal_day, seals_match
from tests.conftest import ClientFor

POLICY, ENTRIES = "/api/v1/security-policy", "/api/v1/audit-entries"


async def test_a_change_is_recorded_once(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    root = await client_for("root@example.com", role=Role.ADMIN)
    for _ in range(2):
        changed = await ada.patch(POLICY, json={"password_days": 180})
        assert changed.json()["data"]["password_days"] == 180
    assert (await ada.patch(POLICY, json={"password_days": None})).status_code == 422
    listed = (await root.get(ENTRIES, params={"action": "policy.changed"})).json()["data"]
    assert [entry["changes"] for entry in listed] == [{"password_days": "changed"}]
    assert (await ada.get(ENTRIES)).status_code == 403


async def test_a_rotation_is_counted(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    headers = {"Idempotency-Key": str(uuid4())}
    path = f"{POLICY}/secret-rotation"
    rotated = [(await ada.post(path, headers=headers)).json() for _ in range(2)]
    assert rotated == [{"data": {"version": 2}}] * 2


async def test_a_day_is_sealed(session: AsyncSession) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    seal = await seal_day(today - timedelta(days=1))
    assert seal.entries == 0
    assert await seals_match(session, seal, seal.digest)
    assert not await seals_match(session, seal, "0" * 64)


def test_equal_values_are_no_change() -> None:
    before, after = {"theme": "dark", "days": 1}, {"theme": "dark", "days": 2}
    assert changed_fields(before, after) == {"days": [1, 2]}
