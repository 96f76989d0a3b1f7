"""A request model, and the endpoint that takes it; the example is a field."""

from uuid import UUID

from pydantic import Field

from app.core.api import (
    API_V1,
    BatchIds,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    ShortText,
)

router = Router(prefix=f"{API_V1}/FEATURE", tags=["examples"])


class NoteIn(RequestModel):
    """A new note."""

    EXAMPLE  # frame


class NoteOut(ResponseModel):
    """A note."""

    title: str = Field(examples=["Groceries"])


@router.put("", response_model=Envelope[NoteOut])
async def check_note(new: NoteIn) -> DataResponse[NoteOut]:
    """Check a note."""
    return DataResponse(NoteOut(title=str(new)))
