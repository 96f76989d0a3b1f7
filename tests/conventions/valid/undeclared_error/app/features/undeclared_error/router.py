"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, ShortText, errors
from app.features.undeclared_error import service

router = Router(prefix=f"{API_V1}/undeclared-errors", tags=["undeclared-errors"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/{name}", response_model=Envelope[Hello], responses=errors(service.GreetingBusy))
async def read_declared_error(name: ShortText) -> DataResponse[Hello]:
    """Greet by name; a missing greeting counts as busy."""
    try:
        return DataResponse(Hello(text=await service.find_greeting(name)))
    except service.GreetingMissing:
        raise service.GreetingBusy from None
