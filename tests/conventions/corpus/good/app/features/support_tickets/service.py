"""Services of tickets: those of customers take an `OwnerSession`, the others are for staff."""

from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.owned import ALL_OWNERS, OwnerSession
from app.core.api import Page, paginate
from app.features.support_tickets.errors import TicketClosed, TicketNotFound
from app.features.support_tickets.jobs import OpenTicketReport, report_open_tickets
from app.features.support_tickets.models import SupportTicket, TicketAction, TicketState
from app.features.support_tickets.schemas import QueuedReportOut, TicketIn, TicketQuery

log = structlog.get_logger()


async def list_tickets(session: AsyncSession, query: TicketQuery) -> Page[SupportTicket]:
    """Return one page of the tickets of every customer."""
    return await paginate(session, select(SupportTicket).options(ALL_OWNERS), query)


async def create_ticket(session: OwnerSession, new: TicketIn) -> SupportTicket:
    """Store a ticket of the customer."""
    ticket = SupportTicket(**new.model_dump())
    session.add(ticket)
    await session.flush()
    log.info("support_ticket_created", ticket_id=str(ticket.id), length=len(new.text))
    return ticket


async def get_ticket(session: OwnerSession, ticket_id: UUID) -> SupportTicket:
    """Return one of the customer's tickets.

    Raises:
        TicketNotFound: The customer has no ticket with this id.
    """
    ticket = await session.scalar(select(SupportTicket).where(SupportTicket.id == ticket_id))
    if ticket is None:
        raise TicketNotFound
    return ticket


async def close_ticket(
    session: AsyncSession, ticket_id: UUID, *, admin: AuthenticatedUser
) -> SupportTicket:
    """Close a ticket of any customer, and record who did it.

    Raises:
        TicketClosed: It is closed already.
        TicketNotFound: There is no ticket with this id.
    """
    # One statement checks the state and changes it: of concurrent requests, one succeeds.
    statement = (
        update(SupportTicket)
        .where(SupportTicket.id == ticket_id, SupportTicket.state == TicketState.OPEN)
        .values(state=TicketState.CLOSED, version=SupportTicket.version + 1)
        .options(ALL_OWNERS)
        .returning(SupportTicket)
    )
    ticket = await session.scalar(statement)
    if ticket is None:
        known = select(SupportTicket.id).where(SupportTicket.id == ticket_id).options(ALL_OWNERS)
        raise TicketClosed if await session.scalar(known) else TicketNotFound
    session.add(TicketAction(ticket_id=ticket.id, actor_id=admin.id, action="closed"))
    log.info("support_ticket_closed", ticket_id=str(ticket.id), admin_id=str(admin.id))
    return ticket


async def request_report(session: AsyncSession, *, admin: AuthenticatedUser) -> QueuedReportOut:
    """Have a report made after the commit."""
    report_id = uuid7()
    payload = OpenTicketReport(report_id=report_id, email=admin.email)
    await report_open_tickets.enqueue(session, payload, key=str(report_id))
    return QueuedReportOut(id=report_id)
