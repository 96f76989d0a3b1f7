"""Endpoints of the zones in which permits are valid."""

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import DataResponse, Envelope, ResponseModel, Router

router = Router(prefix="/zones", tags=["parking-permits"])


class ZoneOut(ResponseModel):
    """A zone."""

    name: str = Field(examples=["Old town"])


@router.get("/first/name", response_model=Envelope[ZoneOut])
async def read_first_zone(_: CurrentUser) -> DataResponse[ZoneOut]:
    """Return the first zone."""
    return DataResponse(ZoneOut(name="Old town"))


# breach: untested-endpoint
@router.delete("/first/name", status_code=204)
async def forget_zone_name(_: CurrentUser) -> None:
    """Forget the name that you gave to the first zone."""
