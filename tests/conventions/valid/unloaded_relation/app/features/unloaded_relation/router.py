"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.core.db import ReadSession
from app.features.unloaded_relation import service
from app.features.unloaded_relation.models import Bridge

router = Router(prefix=f"{API_V1}/bridges", tags=["bridges"])


class WaterOut(ResponseModel):
    """A river."""

    name: str = Field(examples=["Spree"])


class BridgeOut(ResponseModel):
    """A bridge over a river."""

    name: str = Field(examples=["Old bridge"])
    river: WaterOut


@router.get(
    "/{bridge_id}", response_model=Envelope[BridgeOut], responses=errors(service.BridgeNotFound)
)
async def read_bridge(session: ReadSession, bridge_id: UUID) -> DataResponse[Bridge]:
    """Return a bridge."""
    return DataResponse(await service.get_bridge(session, bridge_id))
