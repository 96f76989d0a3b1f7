"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/undocumented-endpoints", tags=["undocumented-endpoints"])
untagged = Router(prefix=f"{API_V1}/untagged-endpoints")


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])  # violates: undocumented-endpoint
async def read_silently() -> DataResponse[Hello]:
    return DataResponse(Hello(text="Hello"))


@untagged.get("/first", response_model=Envelope[Hello])  # violates: undocumented-endpoint
async def read_untagged() -> DataResponse[Hello]:
    """Greet under no heading."""
    return DataResponse(Hello(text="Hello"))
