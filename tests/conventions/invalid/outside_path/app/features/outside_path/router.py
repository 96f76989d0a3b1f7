"""Endpoints."""

import asyncio
from pathlib import Path

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, ShortText

router = Router(prefix=f"{API_V1}/outside-paths", tags=["outside-paths"])
FOLDER = Path("manuals")


class ManualOut(ResponseModel):
    """A manual."""

    text: str = Field(examples=["Press the button."])


@router.get("/{name}", response_model=Envelope[ManualOut])
async def read_manual(name: ShortText) -> DataResponse[ManualOut]:
    """Return a manual."""
    text = await asyncio.to_thread((FOLDER / name).read_text)  # violates: outside-path
    return DataResponse(ManualOut(text=text))
