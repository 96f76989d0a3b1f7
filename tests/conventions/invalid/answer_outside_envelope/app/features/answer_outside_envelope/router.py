"""Endpoints."""

from pydantic import Field
from starlette.responses import JSONResponse

from app.core.api import API_V1, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/answers-outside", tags=["answers-outside"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Hello)  # violates: answer-outside-envelope
async def read_bare() -> Hello:
    """Greet without an envelope."""
    return Hello(text="Hello")


@router.get("/second", response_model=None)  # violates: answer-outside-envelope
async def read_undeclared() -> Hello:
    """Greet in any shape."""
    return Hello(text="Hello")


@router.get("/third", response_model=Envelope[Hello])  # violates: answer-outside-envelope
async def read_written() -> JSONResponse:
    """Greet past the model."""
    return JSONResponse({"text": "Hello"})
