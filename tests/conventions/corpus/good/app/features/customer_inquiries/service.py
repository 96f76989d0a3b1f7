"""Services of inquiries: those of customers take an `OwnerSession`, the others are for staff."""

from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.owned import ALL_OWNERS, OwnerSession
from app.core.api import Page, paginate
from app.features.customer_inquiries.errors import InquiryClosed, InquiryNotFound
from app.features.customer_inquiries.jobs import OpenInquiryReport, report_open_inquiries
from app.features.customer_inquiries.models import Inquiry, InquiryAction, InquiryState
from app.features.customer_inquiries.schemas import InquiryIn, InquiryQuery, QueuedReportOut

log = structlog.get_logger()


async def list_inquiries(session: AsyncSession, query: InquiryQuery) -> Page[Inquiry]:
    """Return one page of the inquiries of every customer."""
    return await paginate(session, select(Inquiry).options(ALL_OWNERS), query)


async def create_inquiry(session: OwnerSession, new: InquiryIn) -> Inquiry:
    """Store an inquiry of the customer."""
    inquiry = Inquiry(**new.model_dump())
    session.add(inquiry)
    await session.flush()
    log.info("inquiry_created", inquiry_id=str(inquiry.id), length=len(new.text))
    return inquiry


async def get_inquiry(session: OwnerSession, inquiry_id: UUID) -> Inquiry:
    """Return one of the customer's inquiries.

    Raises:
        InquiryNotFound: The customer has no inquiry with this id.
    """
    inquiry = await session.scalar(select(Inquiry).where(Inquiry.id == inquiry_id))
    if inquiry is None:
        raise InquiryNotFound
    return inquiry


async def close_inquiry(
    session: AsyncSession, inquiry_id: UUID, *, admin: AuthenticatedUser
) -> Inquiry:
    """Close an inquiry of any customer, and record who did it.

    Raises:
        InquiryClosed: It is closed already.
        InquiryNotFound: There is no inquiry with this id.
    """
    # One statement checks the state and changes it: of concurrent requests, one succeeds.
    statement = (
        update(Inquiry)
        .where(Inquiry.id == inquiry_id, Inquiry.state == InquiryState.OPEN)
        .values(state=InquiryState.CLOSED, version=Inquiry.version + 1)
        .options(ALL_OWNERS)
        .returning(Inquiry)
    )
    inquiry = await session.scalar(statement)
    if inquiry is None:
        known = select(Inquiry.id).where(Inquiry.id == inquiry_id).options(ALL_OWNERS)
        raise InquiryClosed if await session.scalar(known) else InquiryNotFound
    session.add(InquiryAction(inquiry_id=inquiry.id, actor_id=admin.id, action="closed"))
    log.info("inquiry_closed", inquiry_id=str(inquiry.id), admin_id=str(admin.id))
    return inquiry


async def request_report(session: AsyncSession, *, admin: AuthenticatedUser) -> QueuedReportOut:
    """Have a report made after the commit."""
    report_id = uuid7()
    payload = OpenInquiryReport(report_id=report_id, email=admin.email)
    await report_open_inquiries.enqueue(session, payload, key=str(report_id))
    return QueuedReportOut(id=report_id)
