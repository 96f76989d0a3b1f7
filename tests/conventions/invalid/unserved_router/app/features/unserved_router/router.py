"""The routes of what nobody listed."""

from app.core.api import DataResponse, Router

router = Router(prefix="/api/v1/unserved")


@router.get("")
async def read_unserved() -> DataResponse[int]:  # breach: unserved-router
    """Return a number."""
    return DataResponse(1)
