"""Endpoints of permits."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.features.parking_permits.zones import router as zones

router = Router(prefix=f"{API_V1}/parking-permits", tags=["parking-permits"])

Plate = Annotated[str, Path(pattern=r"^[A-Z]{2} ?[0-9]{1,6}$", examples=["ZH 123456"])]


class PermitOut(ResponseModel):
    """A permit."""

    plate: str = Field(examples=["ZH 123456"])


class PermitCheckIn(RequestModel):
    """A car to check."""

    plate: str = Field(max_length=10, examples=["ZH 123456"])


@router.get("/{plate}", response_model=Envelope[PermitOut])
async def read_permit(_: CurrentUser, plate: Plate) -> DataResponse[PermitOut]:
    """Return the permit of a car."""
    return DataResponse(PermitOut(plate=plate))


# breach: untested-endpoint
@router.get("/{plate}/history", response_model=Envelope[PermitOut])
async def read_permit_history(_: CurrentUser, plate: Plate) -> DataResponse[PermitOut]:
    """Return the first permit that a car had."""
    return DataResponse(PermitOut(plate=plate))


# breach: untested-endpoint
@router.post("/checks", response_model=Envelope[PermitOut])
async def check_permit(_: CurrentUser, check: PermitCheckIn) -> DataResponse[PermitOut]:
    """Return the permit of a car that a warden checks."""
    return DataResponse(PermitOut(plate=check.plate))


router.include_router(zones)
