"""Addresses that bounced, complained or are on the list of Resend get no mail."""

from itertools import permutations

import httpx2
import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.integrations.resend.models import Email, Suppression
from devtools.fakes.resend import FakeResend, Json
from tests.conftest import ClientFor
from tests.core.jobs.running import run_jobs
from tests.integrations.resend.events import ADA, AT, post, send, state, suppressions

SUPPRESSION_EVENTS = [
    ("added", "10", "bounce"),
    ("removed", "20", None),
    ("added", "30", "manual"),
    ("removed", "40", None),
]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
async def test_the_list_of_resend_is_followed_in_any_order(
    count: int, client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    for order in permutations(range(count)):
        for index in (*order, *order):
            kind, second, origin = SUPPRESSION_EVENTS[index]
            event = {
                "type": f"suppression.{kind}",
                "created_at": f"2026-11-22T23:41:{second}Z",
                "data": {"id": "s1", "email": ADA, "origin": origin},
            }
            assert (await post(client, event)).json()["data"] == {"outcome": "applied"}
        assert len(await suppressions(session)) == count % 2
        await session.execute(delete(Suppression))
        await session.commit()


async def test_a_removed_suppression_lets_mail_through(
    client: httpx2.AsyncClient, fake: FakeResend
) -> None:
    for kind, second, sent in (("added", "10", 0), ("removed", "20", 1)):
        at = f"2026-11-22T23:41:{second}Z"
        data = {"id": "s1", "email": ADA}
        await post(client, {"type": f"suppression.{kind}", "created_at": at, "data": data})
        await send()
        await run_jobs()
        assert len(fake.mails) == sent


async def test_an_event_that_comes_again_does_not_suppress_an_address_again(
    mail: Json, fake: FakeResend, session: AsyncSession, client_for: ClientFor
) -> None:
    admin = await client_for("root@example.com", role=Role.ADMIN)
    await fake.tell("email.bounced", mail, event_id="msg_1")
    listed = (await admin.get("/api/v1/resend/suppressions", params={"address": ADA})).json()
    (suppression,) = listed["data"]
    path = f"/api/v1/resend/suppressions/{suppression['id']}"
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.delete(path)).status_code == 404

    await fake.tell("email.bounced", mail, event_id="msg_1")

    assert await suppressions(session) == []
    await send()
    await run_jobs()
    assert len(fake.mails) == 2


@pytest.mark.parametrize("kind", ["email.bounced", "email.complained"])
async def test_an_address_that_bounced_or_complained_is_not_mailed_again(
    kind: str, mail: Json, fake: FakeResend, session: AsyncSession
) -> None:
    await fake.tell(kind, mail)
    await send(ADA.upper())
    await run_jobs()
    assert len(fake.mails) == 1
    states = await session.scalars(select(Email.state).order_by(Email.created_at, Email.id))
    assert list(states) == [kind.removeprefix("email."), "suppressed"]


@pytest.mark.parametrize(
    "bounce", [{"type": "Transient"}, {"type": "Undetermined"}, {"type": None}, None]
)
async def test_a_bounce_that_may_pass_leaves_the_address_alone(
    bounce: Json | None, mail: Json, client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    data = {"email_id": mail["id"], "bounce": bounce}
    await post(client, {"type": "email.bounced", "created_at": AT, "data": data})
    assert (await state(session), await suppressions(session)) == ("bounced", [])
