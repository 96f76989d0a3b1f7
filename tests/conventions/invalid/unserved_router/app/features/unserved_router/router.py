"""The routes of a module that is not listed."""

from app.core.api import DataResponse, Router

router = Router(prefix="/api/v1/unserved")


@router.get("")
async def read_unserved() -> DataResponse[int]:  # violates: unserved-router
    """Return a number."""
    return DataResponse(1)
