"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

tagged = Router(prefix=f"{API_V1}/undocumented-endpoints", tags=["undocumented-endpoints"])
untagged = Router(prefix=f"{API_V1}/untagged-endpoints")


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@tagged.get("/first", response_model=Envelope[Hello])  # violates: undocumented-endpoint
async def read_silently() -> DataResponse[Hello]:
    return DataResponse(Hello(text="Hello"))


@untagged.get("/first", response_model=Envelope[Hello])  # violates: undocumented-endpoint
async def read_untagged() -> DataResponse[Hello]:
    """Greet without a tag."""
    return DataResponse(Hello(text="Hello"))


router = Router()
router.include_router(tagged)
router.include_router(untagged)
