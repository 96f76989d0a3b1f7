"""Jobs of renewals."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from app.core.db import release_connection
from app.core.email import EmailBackend, EmailMessage, enqueue_email
from app.core.http import HttpClient
from app.core.jobs import job
from app.core.services import get
from app.features.membership_renewals.models import ClubMembership


class Renewal(BaseModel):
    """The membership that is renewed."""

    membership_id: UUID


class Cashier:
    """Charges members."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the payment provider."""
        self._client = client

    async def charge(self, payer: str, *, key: str) -> Mapping[str, Any]:
        """Charge a payer for one year."""
        response = await self._client.request(
            "POST", "/charges", json={"payer": payer}, idempotency_key=key
        )
        return dict(response.json())


@job(name="renew_membership", leased=True)
async def renew_membership(session: AsyncSession, payload: Renewal) -> None:
    """Charge a member, and write a receipt."""
    member = await session.get(ClubMembership, payload.membership_id)
    await release_connection(session)
    if member is None:
        return
    attempt = str(uuid4())
    # breach: keyless-effect
    charge = await get(Cashier).charge(member.payer_reference, key=attempt)
    receipt = _receipt(member.email, number=str(charge["number"]))
    await get(EmailBackend).send(receipt)  # breach: keyless-effect


def _receipt(to: str, *, number: str) -> EmailMessage:
    return EmailMessage(
        to=to, subject="Your receipt", text=f"Charge {number}. Thank you!", key=str(uuid7())
    )


@job(name="greet_member")
async def greet_member(session: AsyncSession, payload: Renewal) -> None:
    """Welcome a member; the mail is enqueued with the job's own transaction, so it is sent once."""
    member = await session.get(ClubMembership, payload.membership_id)
    if member:
        text = "Welcome to the club."
        await enqueue_email(session, EmailMessage(to=member.email, subject="Welcome", text=text))
