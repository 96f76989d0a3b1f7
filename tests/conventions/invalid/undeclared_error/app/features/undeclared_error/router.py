"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, ShortText
from app.features.undeclared_error import service

router = Router(prefix=f"{API_V1}/undeclared-errors", tags=["undeclared-errors"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/{name}", response_model=Envelope[Hello])  # violates: undeclared-error
async def read_undeclared_error(name: ShortText) -> DataResponse[Hello]:
    """Greet by name."""
    return DataResponse(Hello(text=await service.find_greeting(name)))
