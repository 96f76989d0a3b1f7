"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router

router = Router(prefix=f"{API_V1}/unlimited-values", tags=["unlimited-values"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Endless(RequestModel):
    """A text, repeated any number of times."""

    text: str = Field(examples=["Once"])  # violates: unlimited-value
    times: int = Field(ge=1, examples=[3])  # violates: unlimited-value


@router.put("/first", response_model=Envelope[Hello])
async def take_endless(new: Endless) -> DataResponse[Hello]:
    """Tell it."""
    return DataResponse(Hello(text=new.text * new.times))
