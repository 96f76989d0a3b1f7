"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    ShortText,
    errors,
)
from app.core.db import ReadSession
from app.features.write_in_read_session import service

router = Router(prefix=f"{API_V1}/beds", tags=["beds"])


class BedPatch(RequestModel):
    """The changes of a bed."""

    title: ShortText = Field(examples=["Weeds"])


class BedOut(ResponseModel):
    """A bed."""

    title: str = Field(examples=["Weeds"])


@router.patch(
    "/{bed_id}", response_model=Envelope[BedOut], responses=errors(service.BedNotFound)
)
async def rename_bed(
    _: CurrentUser,
    session: ReadSession,  # violates: write-in-read-session
    bed_id: UUID,
    changes: BedPatch,
) -> DataResponse[service.Bed]:
    """Change the title of a bed."""
    return DataResponse(await service.rename_bed(session, bed_id, changes.title))
