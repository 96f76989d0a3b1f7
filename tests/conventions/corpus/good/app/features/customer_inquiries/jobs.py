"""Jobs of inquiries."""

from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.core.email import EmailMessage
from app.core.email.delivery import enqueue_email
from app.core.jobs import PermanentFailure, job
from app.features.customer_inquiries.models import Inquiry, InquiryState

log = structlog.get_logger()


class OpenInquiryReport(BaseModel):
    """A report on open inquiries, for one administrator."""

    report_id: UUID
    email: str


@job(name="report_open_inquiries")
async def report_open_inquiries(session: AsyncSession, payload: OpenInquiryReport) -> None:
    """Send the number of open inquiries."""
    statement = (
        select(func.count(Inquiry.id)).where(Inquiry.state == InquiryState.OPEN).options(ALL_OWNERS)
    )
    count = await session.scalar(statement)
    if count is None:
        message = "the database counted nothing"
        raise PermanentFailure(message)
    await enqueue_email(
        session,
        EmailMessage(
            to=payload.email,
            subject="Open inquiries",
            text=f"{count} inquiries are open.",
            key=f"open-inquiries-{payload.report_id}",
        ),
    )
    log.info("inquiry_report_sent", report_id=str(payload.report_id), inquiries=count)
