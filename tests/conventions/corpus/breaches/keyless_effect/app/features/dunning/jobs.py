"""Jobs of dunning."""

from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import release_connection
from app.core.email import EmailMessage, deliver_email
from app.core.jobs import job
from app.core.services import get
from app.features.dunning.collector import Collector
from app.features.dunning.models import OverdueClaim

LATE_FEE = Decimal("5.00")


class ClaimRef(BaseModel):
    """The claim that a job is about."""

    claim_id: UUID


@job(name="hand_claim_over", leased=True)
async def hand_claim_over(session: AsyncSession, payload: ClaimRef) -> None:
    """Hand a claim over to the collector."""
    claim = await session.get(OverdueClaim, payload.claim_id)
    await release_connection(session)
    if claim:
        # breach: keyless-effect
        await get(Collector).hand_over(claim.invoice_number, claim.open_amount)


@job(name="charge_late_fee", leased=True)
async def charge_late_fee(session: AsyncSession, payload: ClaimRef) -> None:
    """Charge the late fee of a claim."""
    claim = await session.get(OverdueClaim, payload.claim_id)
    await release_connection(session)
    if claim is None:
        return
    charge = get(Collector).charge_fee
    await charge(claim.invoice_number, LATE_FEE)  # breach: keyless-effect


@job(name="remind_debtor", leased=True)
async def remind_debtor(session: AsyncSession, payload: ClaimRef) -> None:
    """Remind a debtor of a claim."""
    claim = await session.get(OverdueClaim, payload.claim_id)
    await release_connection(session)
    if claim:
        await deliver_email(_reminder(claim))  # breach: keyless-effect


def _reminder(claim: OverdueClaim) -> EmailMessage:
    return EmailMessage(
        to=claim.debtor_email,
        subject=f"Invoice {claim.invoice_number} is overdue",
        text=f"Please pay {claim.open_amount} within a week.",
    )
