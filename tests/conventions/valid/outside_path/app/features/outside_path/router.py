"""Endpoints."""

import asyncio
from pathlib import Path
from uuid import UUID

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, ShortText, errors
from app.core.errors import NotFound

router = Router(prefix=f"{API_V1}/outside-paths", tags=["outside-paths"])
FOLDER = Path("manuals")


class ManualNotFound(NotFound):
    """No manual has this name."""

    code = "manual_not_found"
    message = "There is no manual with this name."


class ManualOut(ResponseModel):
    """A manual."""

    text: str = Field(examples=["Press the button."])


@router.get(
    "/{manual_id}/{name}", response_model=Envelope[ManualOut], responses=errors(ManualNotFound)
)
async def read_manual(manual_id: UUID, name: ShortText) -> DataResponse[ManualOut]:
    """Return a manual."""
    path = FOLDER / name
    if not path.is_relative_to(FOLDER):
        raise ManualNotFound
    await asyncio.to_thread(path.read_text)
    text = await asyncio.to_thread((FOLDER / f"{manual_id}.txt").read_text)
    return DataResponse(ManualOut(text=text))
