"""Endpoints."""

from pydantic import Field

from app.core.api import DataResponse, Envelope, ResponseModel, Router

router = Router(prefix="/paths-without-version", tags=["paths"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])  # violates: path-without-version
async def read_path_without_version() -> DataResponse[Hello]:
    """Greet under a path for ever."""
    return DataResponse(Hello(text="Hello"))
