"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/unpaginated-lists", tags=["unpaginated-lists"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("", response_model=Envelope[list[Hello]])  # violates: unpaginated-list
async def list_unpaginated() -> DataResponse[list[Hello]]:
    """List all there is."""
    return DataResponse([Hello(text="Hello")])
