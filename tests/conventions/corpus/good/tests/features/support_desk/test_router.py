from uuid import uuid4

from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.features.support_desk.models import SupportLabel
from tests.conftest import AssertQueries, ClientFor

TICKETS = "/api/v1/support-tickets"


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def open_ticket(client: AsyncClient, *labels: str) -> str:
    given = {"subject": "Help", "labels": list(labels)}
    opened = await client.post(TICKETS, json=given, headers=new_key())
    assert opened.status_code == 201, opened.text
    assert opened.json()["data"]["label_words"] == sorted(labels)
    return opened.headers["location"]


async def test_a_ticket_can_be_read_and_replied_to(
    client_for: ClientFor, session: AsyncSession
) -> None:
    session.add(SupportLabel(word="exports"))
    await session.commit()
    ada = await client_for("ada@example.com")
    path = await open_ticket(ada, "exports")
    assert (await ada.get(path)).json()["data"]["label_words"] == ["exports"]
    replied = await ada.post(f"{path}/replies", json={"text": "Any news?"}, headers=new_key())
    assert replied.status_code == 201, replied.text


async def test_a_closed_ticket_takes_no_replies(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    root = await client_for("root@example.com", role=Role.ADMIN)
    path = await open_ticket(ada)
    ticket_id, unknown = path.rpartition("/")[2], str(uuid4())
    closed = await root.post(f"{TICKETS}/closings", json={"ids": [ticket_id, unknown]})
    results = closed.json()["data"]
    assert [one["id"] for one in results["succeeded"]] == [ticket_id]
    assert [one["id"] for one in results["failed"]] == [unknown]
    late = await ada.post(f"{path}/replies", json={"text": "Late"}, headers=new_key())
    assert late.status_code == 409


async def test_the_list_takes_the_same_number_of_queries(
    client_for: ClientFor, assert_queries: AssertQueries
) -> None:
    ada = await client_for("ada@example.com")
    for _ in range(3):
        await open_ticket(ada)
    with assert_queries(3):  # the user, the tickets with their agents, and the labels
        listed = await ada.get(TICKETS)
    assert len(listed.json()["data"]) == 3
