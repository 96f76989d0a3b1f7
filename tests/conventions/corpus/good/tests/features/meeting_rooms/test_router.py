from uuid import UUID

from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.meeting_rooms.models import MeetingRoom
from tests.conftest import ClientFor

RESERVATIONS = "/api/v1/room-reservations"
NOON, ONE, TWO = (f"2026-03-02T{hour}:00:00Z" for hour in (12, 13, 14))


async def store_room(session: AsyncSession) -> UUID:
    room = MeetingRoom(building="Main", name="Matterhorn", seats=8)
    session.add(room)
    await session.commit()
    return room.id


async def reserve(client: AsyncClient, room_id: UUID, start: str, end: str) -> int:
    response = await client.post(
        f"/api/v1/meeting-rooms/{room_id}/reservations",
        json={"starts_at": start, "ends_at": end},
    )
    return response.status_code


async def test_times_that_touch_do_not_overlap(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada, bob = await client_for("ada@example.com"), await client_for("bob@example.com")
    room_id = await store_room(session)
    assert await reserve(ada, room_id, NOON, ONE) == 201
    assert await reserve(bob, room_id, ONE, TWO) == 201
    assert await reserve(bob, room_id, NOON, TWO) == 409
    assert await reserve(bob, room_id, TWO, NOON) == 400


async def test_a_state_follows_another_in_order(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    await reserve(ada, await store_room(session), NOON, ONE)
    [reservation] = (await ada.get(RESERVATIONS)).json()["data"]
    assert reservation["room_name"] == "Matterhorn"
    path, first = f"{RESERVATIONS}/{reservation['id']}", {"If-Match": '"1"'}
    skipped = await ada.patch(path, json={"state": "checked_in"}, headers=first)
    assert skipped.status_code == 409
    confirmed = await ada.patch(path, json={"state": "confirmed"}, headers=first)
    assert (confirmed.status_code, confirmed.headers["etag"]) == (200, '"2"')
    stale = await ada.patch(path, json={"state": "cancelled"}, headers=first)
    assert stale.status_code == 412
