"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.core.db import ReadSession
from app.features.write_in_read_session import service

router = Router(prefix=f"{API_V1}/beds", tags=["beds"])


class BedOut(ResponseModel):
    """A bed."""

    title: str = Field(examples=["Weeds"])


@router.get("/{bed_id}", response_model=Envelope[BedOut], responses=errors(service.BedNotFound))
async def read_bed(
    _: CurrentUser,
    session: ReadSession,
    bed_id: UUID,
) -> DataResponse[service.Bed]:
    """Return one bed."""
    return DataResponse(await service.get_bed(session, bed_id))
