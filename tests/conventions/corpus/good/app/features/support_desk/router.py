"""Endpoints of the support desk."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.core.api import (
    API_V1,
    Batch,
    BatchEnvelope,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    match_batch,
    with_location,
)
from app.core.guards import Idempotent, RateLimit
from app.features.support_desk.errors import TicketClosed, TicketNotFound
from app.features.support_desk.models import SupportReply, SupportTicket
from app.features.support_desk.repository import ReadTickets, SupportDesk, Tickets
from app.features.support_desk.schemas import (
    ClosedTicketOut,
    ClosingIn,
    ReplyIn,
    ReplyOut,
    TicketIn,
    TicketOut,
    TicketQuery,
)

router = Router(prefix=f"{API_V1}/support-tickets", tags=["support"])


@dataclass(frozen=True, slots=True)
class ClosedTicket:
    """The id of a ticket that was closed."""

    id: UUID


@router.get("", response_model=PageEnvelope[TicketOut], responses=errors(InvalidCursor))
async def list_support_tickets(
    user: CurrentUser, tickets: ReadTickets, query: Annotated[TicketQuery, Query()]
) -> Page[SupportTicket]:
    """List your tickets, newest first."""
    return await tickets.page(query, owner_id=user.id)


@router.post(
    "",
    response_model=Envelope[TicketOut],
    status_code=201,
    dependencies=[Depends(Idempotent())],
    responses=with_location(),
)
async def open_support_ticket(
    tickets: Tickets, new: TicketIn, request: Request, response: Response
) -> DataResponse[SupportTicket]:
    """Open a ticket."""
    ticket = await tickets.open(new.subject, new.labels)
    response.headers["Location"] = request.url_for(
        "read_support_ticket", ticket_id=str(ticket.id)
    ).path
    return DataResponse(ticket)


@router.post(
    "/closings",
    response_model=BatchEnvelope[ClosedTicketOut],
    dependencies=[Depends(RateLimit("60/minute", name="ticket_closings"))],
    responses=errors(InsufficientRole),
)
async def close_support_tickets(
    _: Admin, desk: SupportDesk, closing: ClosingIn
) -> Batch[ClosedTicket]:
    """Close up to 100 tickets of any user; those that are closed already are failures."""
    closed = {ticket_id: ClosedTicket(ticket_id) for ticket_id in await desk.close(closing.ids)}
    return match_batch(closing.ids, closed, missing=TicketNotFound())


@router.get("/{ticket_id}", response_model=Envelope[TicketOut], responses=errors(TicketNotFound))
async def read_support_ticket(tickets: ReadTickets, ticket_id: UUID) -> DataResponse[SupportTicket]:
    """Return one of your tickets."""
    return DataResponse(await tickets.get(ticket_id))


@router.post(
    "/{ticket_id}/replies",
    response_model=Envelope[ReplyOut],
    status_code=201,
    dependencies=[Depends(Idempotent())],
    responses=with_location(TicketClosed, TicketNotFound),
)
async def reply_to_support_ticket(
    user: CurrentUser,
    tickets: Tickets,
    ticket_id: UUID,
    new: ReplyIn,
    request: Request,
    response: Response,
) -> DataResponse[SupportReply]:
    """Reply to one of your tickets."""
    reply = await tickets.reply(ticket_id, new.text, author_id=user.id)
    response.headers["Location"] = f"{request.url.path}/{reply.id}"
    return DataResponse(reply)
