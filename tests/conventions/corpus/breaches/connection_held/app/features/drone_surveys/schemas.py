"""Response models of drone surveys."""

from uuid import UUID

from pydantic import Field

from app.core.api import ResponseModel


class MapOut(ResponseModel):
    """The map of a flight."""

    flight_id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    reference: str = Field(examples=["map-2041"])
