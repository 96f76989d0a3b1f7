"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=API_V1, tags=["paths"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/created-greetings", response_model=Envelope[Hello])
async def read_created() -> DataResponse[Hello]:
    """Greet under a word that only begins as a verb does."""
    return DataResponse(Hello(text="Hello"))


@router.get("/people/{person_id}/address", response_model=Envelope[Hello])
async def read_part(person_id: UUID) -> DataResponse[Hello]:
    """Greet under a plural without s, and a part of which there is one."""
    return DataResponse(Hello(text=str(person_id)))


@router.get("/add-ons", response_model=Envelope[Hello])
async def read_add_ons() -> DataResponse[Hello]:
    """Return a noun that begins with a verb."""
    return DataResponse(Hello(text="Hello"))


@router.get("/search-terms", response_model=Envelope[Hello])
async def read_search_terms() -> DataResponse[Hello]:
    """Return a noun that begins with a word that is a verb too."""
    return DataResponse(Hello(text="Hello"))
