"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/unpaginated-lists", tags=["unpaginated-lists"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Letter(ResponseModel):
    """One thing, of some lines."""

    lines: list[Hello]


@router.get("/first", response_model=Envelope[Letter])
async def read_unpaginated() -> DataResponse[Letter]:
    """Return one letter."""
    return DataResponse(Letter(lines=[Hello(text="Hello")]))
