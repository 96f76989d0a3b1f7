"""A router with one endpoint; the example makes the router."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

EXAMPLE  # frame


class NoteOut(ResponseModel):
    """A note."""

    title: str = Field(examples=["Groceries"])


@router.get("/first", response_model=Envelope[NoteOut])
async def show_first() -> DataResponse[NoteOut]:
    """Return the first note."""
    return DataResponse(NoteOut(title="First"))
