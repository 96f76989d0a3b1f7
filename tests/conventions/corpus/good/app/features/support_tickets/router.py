"""Endpoints of tickets, for customers and for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    with_location,
)
from app.core.db import ReadSession, Session
from app.core.guards import Idempotent, RateLimit
from app.features.support_tickets import service
from app.features.support_tickets.errors import TicketClosed, TicketNotFound
from app.features.support_tickets.models import SupportTicket
from app.features.support_tickets.schemas import (
    QueuedReportOut,
    TicketIn,
    TicketOut,
    TicketQuery,
)

router = Router(prefix=f"{API_V1}/support-tickets", tags=["support-tickets"])

REPORTS = RateLimit("5/hour", name="ticket_reports")


@router.get(
    "",
    response_model=PageEnvelope[TicketOut],
    responses=errors(InvalidCursor, InsufficientRole),
)
async def list_support_tickets(
    _: Admin, session: ReadSession, query: Annotated[TicketQuery, Query()]
) -> Page[SupportTicket]:
    """List the tickets of every customer, page by page. Administrators only."""
    return await service.list_tickets(session, query)


@router.post(
    "",
    response_model=Envelope[TicketOut],
    status_code=status.HTTP_201_CREATED,
    dependencies=[Depends(Idempotent())],
    responses=with_location(),
)
async def create_support_ticket(
    session: OwnSession, new: TicketIn, request: Request, response: Response
) -> DataResponse[SupportTicket]:
    """Ask a question."""
    ticket = await service.create_ticket(session, new)
    path = request.url_for("read_support_ticket", ticket_id=str(ticket.id)).path
    response.headers["Location"] = path
    return DataResponse(ticket)


@router.post(
    "/reports",
    response_model=Envelope[QueuedReportOut],
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[Depends(REPORTS)],
    responses=errors(InsufficientRole),
)
async def request_ticket_report(admin: Admin, session: Session) -> DataResponse[QueuedReportOut]:
    """Have the number of open tickets sent to you. Administrators only."""
    return DataResponse(await service.request_report(session, admin=admin))


@router.get(
    "/{ticket_id}", response_model=Envelope[TicketOut], responses=errors(TicketNotFound)
)
async def read_support_ticket(
    session: OwnReadSession, ticket_id: UUID
) -> DataResponse[SupportTicket]:
    """Return one of your tickets."""
    return DataResponse(await service.get_ticket(session, ticket_id))


@router.put(
    "/{ticket_id}/closure",
    response_model=Envelope[TicketOut],
    responses=errors(InsufficientRole, TicketClosed, TicketNotFound),
)
async def close_support_ticket(
    admin: Admin, session: Session, ticket_id: UUID
) -> DataResponse[SupportTicket]:
    """Close a ticket of any customer. Administrators only."""
    return DataResponse(await service.close_ticket(session, ticket_id, admin=admin))
