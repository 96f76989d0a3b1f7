"""Endpoints of the board."""

from fastapi import Depends
from pydantic import Field

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.core.guards import RateLimit
from app.core.services import get
from app.features.status_boards.checks import Board, Health

router = Router(prefix=f"{API_V1}/status-board", tags=["status"])


class HealthOut(ResponseModel):
    """The health of one part."""

    part: str = Field(examples=["payments"])
    is_up: bool = Field(examples=[True])
    ms: float = Field(examples=[12.5])


class BoardOut(ResponseModel):
    """The parts of the board, four of them."""

    parts: list[HealthOut]


@router.get(
    "",
    response_model=Envelope[BoardOut],
    dependencies=[Depends(RateLimit("6/minute", name="status_board"))],
    responses=errors(InsufficientRole),
)
async def read_status_board(_: Admin) -> DataResponse[dict[str, list[Health]]]:
    """Ask each part for its health. A part that is down is a line, not an error."""
    return DataResponse({"parts": await get(Board).check()})
