"""Endpoints of tickets."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router
from app.features.event_tickets.scanning import router as scanning

TicketCode = Annotated[str, Path(max_length=40, examples=["ZRH-2026-0042"])]

router = Router(prefix=f"{API_V1}/event-tickets", tags=["event-tickets"])


class TicketOut(ResponseModel):
    """A ticket."""

    code: str = Field(examples=["ZRH-2026-0042"])


@router.get("/{code}", response_model=Envelope[TicketOut])
async def read_ticket(_: CurrentUser, code: TicketCode) -> DataResponse[TicketOut]:
    """Return a ticket."""
    return DataResponse(TicketOut(code=code))


# breach: shadowed-route
@router.get("/mine", response_model=Envelope[TicketOut])
async def read_own_ticket(user: CurrentUser) -> DataResponse[TicketOut]:
    """Return your own ticket."""
    return DataResponse(TicketOut(code=str(user.id)))


@router.get("/{code}/seats/{seat}", response_model=Envelope[TicketOut])
async def read_seat(_: CurrentUser, code: TicketCode, seat: TicketCode) -> DataResponse[TicketOut]:
    """Return a seat."""
    return DataResponse(TicketOut(code=f"{code}/{seat}"))


# breach: shadowed-route
@router.get("/{ticket}/seats/best", response_model=Envelope[TicketOut])
async def read_best_seat(_: CurrentUser, ticket: TicketCode) -> DataResponse[TicketOut]:
    """Return the best seat that is free."""
    return DataResponse(TicketOut(code=f"{ticket}/A1"))


@router.get("/files/{file:path}", response_model=Envelope[TicketOut])
async def read_ticket_file(_: CurrentUser, file: TicketCode) -> DataResponse[TicketOut]:
    """Return a file of a ticket."""
    return DataResponse(TicketOut(code=file))


# breach: shadowed-route
@router.get("/files/latest/pdf", response_model=Envelope[TicketOut])
async def read_latest_file(_: CurrentUser) -> DataResponse[TicketOut]:
    """Return the newest file."""
    return DataResponse(TicketOut(code="latest"))


router.include_router(scanning)
