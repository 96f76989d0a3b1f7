"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/sync-endpoints", tags=["sync-endpoints"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])  # violates: sync-endpoint
def read_sync_endpoint() -> DataResponse[Hello]:
    """Greet."""
    return DataResponse(Hello(text="Hello"))
