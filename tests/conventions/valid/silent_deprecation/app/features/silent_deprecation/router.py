"""Endpoints."""

from datetime import date

from fastapi import Depends
from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, Sunset

router = Router(prefix=f"{API_V1}/silent-deprecations", tags=["silent-deprecations"])

OLD_GREETINGS = Sunset(deprecated=date(2027, 1, 31), removed=date(2027, 7, 31))


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get(
    "/first",
    response_model=Envelope[Hello],
    deprecated=True,
    dependencies=[Depends(OLD_GREETINGS)],
)
async def read_announced() -> DataResponse[Hello]:
    """Greet for the last time, and say so."""
    return DataResponse(Hello(text="Hello"))
