"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router

router = Router(prefix=f"{API_V1}/unlimited-lists", tags=["unlimited-lists"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Many(RequestModel):
    """As many as you like."""

    ids: list[UUID] = Field(examples=[[]])  # violates: unlimited-list


@router.put("/first", response_model=Envelope[Hello])
async def take_many(new: Many) -> DataResponse[Hello]:
    """Count them."""
    return DataResponse(Hello(text=str(len(new.ids))))
