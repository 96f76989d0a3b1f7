"""Endpoints of kiosks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field, SecretStr

from app.accounts.errors import PasswordQueueFull
from app.accounts.owned import OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    errors,
)
from app.core.guards import RateLimit, RateLimited
from app.features.kiosk_terminals import pairing
from app.features.kiosk_terminals.errors import KioskNotFound, KioskPaired, PinRefused
from app.features.kiosk_terminals.models import Kiosk
from app.features.kiosk_terminals.pairing import KioskPin

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
_TIME = "2026-01-31T12:00:00Z"

router = Router(
    prefix=f"{API_V1}/kiosks",
    tags=["kiosks"],
    dependencies=[Depends(RateLimit("20/minute", name="kiosk_pairing"))],
)


class PairingIn(RequestModel):
    """The PIN that the owner has typed at the kiosk."""

    pin: Annotated[SecretStr, Field(min_length=6, max_length=12, examples=["48151623"])]


class PinOut(ResponseModel):
    """A new PIN; it is not shown again."""

    kiosk_id: UUID = Field(examples=[_ID])
    pin: str = Field(examples=["48151623"])
    ends_at: datetime = Field(examples=[_TIME])


class KioskOut(ResponseModel):
    """A kiosk, without anything of its PIN."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["Entrance"])
    paired_at: datetime | None = Field(examples=[_TIME])


@router.post(
    "/{kiosk_id}/pin",
    response_model=Envelope[PinOut],
    responses=errors(KioskNotFound, KioskPaired, PasswordQueueFull),
)
async def create_kiosk_pin(session: OwnSession, kiosk_id: UUID) -> DataResponse[KioskPin]:
    """Replace the PIN of a kiosk. The PIN is in this response only."""
    return DataResponse(await pairing.create_pin(session, kiosk_id))


@router.post(
    "/{kiosk_id}/pairing",
    response_model=Envelope[KioskOut],
    responses=errors(KioskNotFound, PasswordQueueFull, PinRefused, RateLimited),
)
async def pair_kiosk(session: OwnSession, kiosk_id: UUID, given: PairingIn) -> DataResponse[Kiosk]:
    """Pair a kiosk by its PIN, which works once."""
    return DataResponse(await pairing.pair(session, kiosk_id, given.pin))
