"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.signed_in import CurrentUser
from app.core.database import ReadSession
from app.core.envelope import Answer, Envelope
from app.core.openapi import errors
from app.core.routing import Router
from app.core.schemas import Input, Output, ShortText
from app.core.versions import API_V1
from app.features.write_in_read_session import service

router = Router(prefix=f"{API_V1}/beds", tags=["beds"])


class BedPatch(Input):
    """What to change of a bed."""

    title: ShortText = Field(examples=["Weeds"])


class BedOut(Output):
    """A bed."""

    title: str = Field(examples=["Weeds"])


@router.patch(
    "/{bed_id}", response_model=Envelope[BedOut], responses=errors(service.BedNotFound)
)
async def rename_bed(
    _: CurrentUser,
    session: ReadSession,  # breach: write-in-read-session
    bed_id: UUID,
    changes: BedPatch,
) -> Answer[service.Bed]:
    """Change the title of a bed."""
    return Answer(await service.rename_bed(session, bed_id, changes.title))
