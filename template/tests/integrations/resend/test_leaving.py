"""A deleted user's emails are deleted, and no more are sent."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.about import NAME
from app.accounts.models import User
from app.integrations.resend.models import Email, Suppression
from devtools.fakes.resend import FakeResend
from tests.conftest import ClientFor, delete_account
from tests.core.jobs.running import run_jobs
from tests.integrations.resend.conftest import ADA, send


async def test_who_leaves_is_forgotten_and_gets_no_mail_that_still_waits(
    client_for: ClientFor, fake: FakeResend, session: AsyncSession
) -> None:
    ada = await client_for(ADA)
    await send()
    await run_jobs()
    await send()
    await send(to="bob@example.com", key="bob")

    assert (await delete_account(ada)).status_code == 204
    await run_jobs()

    sent = [(mail["to"], mail["subject"]) for mail in fake.mails]
    assert sorted(sent) == [
        ([ADA], "News"),
        ([ADA], f"Your account at {NAME} was deleted"),
        (["bob@example.com"], "News"),
    ]
    kept = list(await session.scalars(select(Email).order_by(Email.address)))
    assert sorted((email.address, email.subject, email.state) for email in kept) == [
        ("", "", "sent"),
        ("", "", "suppressed"),
        ("bob@example.com", "News", "sent"),
    ]
    assert list(await session.scalars(select(User))) == []


async def test_who_leaves_takes_the_suppression_along(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for(ADA)
    for address in (ADA, "bob@example.com"):
        session.add(Suppression(address_key=address, reason="complained"))
    await session.commit()
    assert (await delete_account(ada)).status_code == 204
    assert list(await session.scalars(select(Suppression.address_key))) == ["bob@example.com"]
