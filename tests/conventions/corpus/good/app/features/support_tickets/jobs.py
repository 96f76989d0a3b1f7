"""Jobs of tickets."""

from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.core.email import EmailMessage
from app.core.email.delivery import enqueue_email
from app.core.jobs import PermanentFailure, job
from app.features.support_tickets.models import SupportTicket, TicketState

log = structlog.get_logger()


class OpenTicketReport(BaseModel):
    """A report on open tickets, for one administrator."""

    report_id: UUID
    email: str


@job(name="report_open_tickets")
async def report_open_tickets(session: AsyncSession, payload: OpenTicketReport) -> None:
    """Send the number of open tickets."""
    statement = (
        select(func.count(SupportTicket.id))
        .where(SupportTicket.state == TicketState.OPEN)
        .options(ALL_OWNERS)
    )
    count = await session.scalar(statement)
    if count is None:
        message = "the database counted nothing"
        raise PermanentFailure(message)
    await enqueue_email(
        session,
        EmailMessage(
            to=payload.email,
            subject="Open tickets",
            text=f"{count} tickets are open.",
            key=f"open-tickets-{payload.report_id}",
        ),
    )
    log.info("ticket_report_sent", report_id=str(payload.report_id), tickets=count)
