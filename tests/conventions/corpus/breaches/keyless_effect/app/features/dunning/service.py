"""Services of dunning."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.email import EmailMessage, enqueue_email
from app.features.dunning.jobs import ClaimRef, charge_late_fee, remind_debtor
from app.features.dunning.models import OverdueClaim


async def receive_notice(session: AsyncSession, notice: Mapping[str, str]) -> None:
    """Apply a webhook of the payment provider, which sends each of them at least once."""
    claim = ClaimRef(claim_id=UUID(notice["claim"]))
    match notice["kind"]:
        case "debit_returned":
            await charge_late_fee.enqueue(session, claim)  # breach: keyless-effect
        case "debit_failed":
            remind = remind_debtor.enqueue
            await remind(session, claim)  # breach: keyless-effect
        case "paid":
            await _close(session, claim.claim_id, notice["email"])
        case _:
            return


async def _close(session: AsyncSession, claim_id: UUID, email: str) -> None:
    await session.execute(delete(OverdueClaim).where(OverdueClaim.id == claim_id))
    thanks = EmailMessage(to=email, subject="Thank you", text="Your payment has arrived.")
    await enqueue_email(session, thanks)  # breach: keyless-effect
