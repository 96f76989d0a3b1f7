from uuid import uuid4

from httpx2 import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.features.flag_rollouts.service import ALL, PERCENTAGES, _bucket
from tests.conftest import ClientFor

FLAGS = "/api/v1/feature-flags"


async def create_flag(root: AsyncClient, name: str, percent: int) -> int:
    await PERCENTAGES.invalidate(ALL)
    created = await root.post(FLAGS, json={"name": name, "percent": percent})
    return created.status_code


async def test_a_flag_is_on_for_its_share(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    root = await client_for("root@example.com", role=Role.ADMIN)
    assert await create_flag(root, "for-all", 100) == 201
    assert await create_flag(root, "for-none", 0) == 201
    assert await create_flag(root, "for-none", 0) == 409
    assert (await ada.get(f"{FLAGS}/mine")).json()["data"] == {"active": ["for-all"]}
    listed = await root.get(FLAGS)
    assert [flag["name"] for flag in listed.json()["data"]] == ["for-all", "for-none"]
    assert (await ada.get(FLAGS)).status_code == 403


async def test_an_override_beats_the_share(client_for: ClientFor, session: AsyncSession) -> None:
    ada = await client_for("ada@example.com")
    root = await client_for("root@example.com", role=Role.ADMIN)
    await create_flag(root, "beta", 0)
    statement = select(User.id).where(User.email == "ada@example.com")
    given = {"user_id": str((await session.scalars(statement)).one()), "is_on": True}
    assert (await root.put(f"{FLAGS}/beta/override", json=given)).status_code == 204
    assert (await ada.get(f"{FLAGS}/mine")).json()["data"] == {"active": ["beta"]}


async def test_a_change_needs_the_version(client_for: ClientFor) -> None:
    root = await client_for("root@example.com", role=Role.ADMIN)
    await create_flag(root, "beta", 0)
    for version, status in (("2", 412), ("1", 200), ("1", 412)):
        headers = {"If-Match": f'"{version}"'}
        changed = await root.patch(f"{FLAGS}/beta", json={"percent": 50}, headers=headers)
        assert changed.status_code == status


def test_users_are_spread_over_the_buckets() -> None:
    buckets = [_bucket("beta", uuid4()) for _ in range(2000)]
    assert set(buckets) <= set(range(100))
    assert 800 < sum(bucket < 50 for bucket in buckets) < 1200
