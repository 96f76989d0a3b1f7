"""Endpoints."""

from enum import StrEnum
from typing import Literal

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import EmailAddress, Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/missing-examples", tags=["missing-examples"])


class Tone(StrEnum):
    """How to say it."""

    KIND = "kind"


class Shown(Output):
    """A greeting that shows itself: by its values, by its type, by its parts."""

    tone: Tone
    address: EmailAddress | None
    language: Literal["en", "de"]
    parts: list["Shown"]


@router.get("/first", response_model=Envelope[Shown])
async def read_with_examples() -> Answer[Shown]:
    """Greet."""
    return Answer(Shown(tone=Tone.KIND, address=None, language="en", parts=[]))
