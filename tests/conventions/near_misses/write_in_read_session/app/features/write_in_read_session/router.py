"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.signed_in import CurrentUser
from app.core.database import ReadSession
from app.core.envelope import Answer, Envelope
from app.core.openapi import errors
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1
from app.features.write_in_read_session import service

router = Router(prefix=f"{API_V1}/beds", tags=["beds"])


class BedOut(Output):
    """A bed."""

    title: str = Field(examples=["Weeds"])


@router.get("/{bed_id}", response_model=Envelope[BedOut], responses=errors(service.BedNotFound))
async def read_bed(
    _: CurrentUser,
    session: ReadSession,
    bed_id: UUID,
) -> Answer[service.Bed]:
    """Return one bed."""
    return Answer(await service.get_bed(session, bed_id))
