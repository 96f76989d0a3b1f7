"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/silent-deprecations", tags=["silent-deprecations"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello], deprecated=True)  # violates: silent-deprecation
async def read_silently_old() -> DataResponse[Hello]:
    """Greet for the last time."""
    return DataResponse(Hello(text="Hello"))
