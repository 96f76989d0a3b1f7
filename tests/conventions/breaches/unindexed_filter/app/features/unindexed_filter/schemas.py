"""What comes in."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.pagination import Filter, ListQuery, Orders
from app.core.schemas import ShortText
from app.features.unindexed_filter.models import SlugNote


class SlugNoteQuery(ListQuery):
    """Which notes to list."""

    sort: Annotated[Literal["id"], Orders(id=[SlugNote.id])] = Field(
        default="id", description="Oldest first.", examples=["id"]
    )
    colour: Annotated[
        ShortText | None,
        Filter(SlugNote.colour.__eq__),  # breach: unindexed-filter
    ] = Field(default=None, examples=["red"])
