"""Endpoints."""

from enum import StrEnum
from typing import Literal

from app.core.api import API_V1, DataResponse, EmailAddress, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/missing-examples", tags=["missing-examples"])


class Tone(StrEnum):
    """The style of a greeting."""

    KIND = "kind"


class Shown(ResponseModel):
    """A greeting that shows itself: by its values, by its type, by its parts."""

    tone: Tone
    address: EmailAddress | None
    language: Literal["en", "de"]
    parts: list["Shown"]


@router.get("/first", response_model=Envelope[Shown])
async def read_with_examples() -> DataResponse[Shown]:
    """Greet."""
    return DataResponse(Shown(tone=Tone.KIND, address=None, language="en", parts=[]))
