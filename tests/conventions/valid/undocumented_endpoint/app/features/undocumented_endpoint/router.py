"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/undocumented-endpoints", tags=["undocumented-endpoints"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_spoken() -> DataResponse[Hello]:
    """Greet."""
    return DataResponse(Hello(text="Hello"))


@router.get("/second", response_model=Envelope[Hello], include_in_schema=False)
async def read_hidden() -> DataResponse[Hello]:
    return DataResponse(Hello(text="Hello"))
