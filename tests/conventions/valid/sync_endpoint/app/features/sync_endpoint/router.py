"""Endpoints."""

from typing import Annotated

from fastapi import Depends
from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/sync-endpoints", tags=["sync-endpoints"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


def get_greeting() -> str:
    """Return the text: a dependency that does not block may be a plain function."""
    return "Hello"


@router.get("/first", response_model=Envelope[Hello])
async def read_sync_endpoint(
    greeting: Annotated[str, Depends(get_greeting)],
) -> DataResponse[Hello]:
    """Greet."""
    return DataResponse(Hello(text=greeting))
