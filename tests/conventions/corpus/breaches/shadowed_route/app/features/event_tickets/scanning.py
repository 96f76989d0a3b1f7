"""Endpoints of the scanners at the doors."""

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import DataResponse, Envelope, ResponseModel, Router

router = Router(prefix="/scanners", tags=["event-tickets"])


class ScannerOut(ResponseModel):
    """The state of the scanners."""

    online: int = Field(examples=[4])


# breach: shadowed-route
@router.get("/seats/online", response_model=Envelope[ScannerOut])
async def count_scanners(_: CurrentUser) -> DataResponse[ScannerOut]:
    """Return the number of scanners that are online."""
    return DataResponse(ScannerOut(online=0))


@router.get("/doors/online/total", response_model=Envelope[ScannerOut])
async def count_doors(_: CurrentUser) -> DataResponse[ScannerOut]:
    """Return the number of doors with a scanner."""
    return DataResponse(ScannerOut(online=0))
