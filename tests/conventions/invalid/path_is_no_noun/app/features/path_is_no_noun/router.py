"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=API_V1, tags=["paths"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/create-greeting", response_model=Envelope[Hello])  # violates: path-is-no-noun
async def read_verb() -> DataResponse[Hello]:
    """Greet under a verb."""
    return DataResponse(Hello(text="Hello"))


@router.get("/greeting_texts", response_model=Envelope[Hello])  # violates: path-is-no-noun
async def read_snake() -> DataResponse[Hello]:
    """Greet under an underscore."""
    return DataResponse(Hello(text="Hello"))


@router.get("/greeting/{greeting_id}", response_model=Envelope[Hello])  # violates: path-is-no-noun
async def read_singular(greeting_id: UUID) -> DataResponse[Hello]:
    """Greet one of many."""
    return DataResponse(Hello(text=str(greeting_id)))


@router.get("/greetings", response_model=Envelope[Hello])
async def read_first_greeting() -> DataResponse[Hello]:
    """Return a greeting."""
    return DataResponse(Hello(text="Hello"))


@router.get("/search-greetings", response_model=Envelope[Hello])  # violates: path-is-no-noun
async def search_greetings() -> DataResponse[Hello]:
    """Return a greeting that is searched for."""
    return DataResponse(Hello(text="Hello"))
