"""Request models."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import ColumnElement

from app.core.api import Filter, ListQuery, Orders, ShortText
from app.features.unindexed_filter.models import SlugNote


def _has_colour(colour: str) -> ColumnElement[bool]:
    return SlugNote.colour == colour  # violates: unindexed-filter


class SlugNoteQuery(ListQuery):
    """Which notes to list."""

    sort: Annotated[Literal["id"], Orders(id=[SlugNote.id])] = Field(
        default="id", description="Oldest first.", examples=["id"]
    )
    shade: Annotated[ShortText | None, Filter(_has_colour)] = Field(default=None, examples=["red"])
    colour: Annotated[
        ShortText | None,
        Filter(SlugNote.colour.__eq__),  # violates: unindexed-filter
    ] = Field(default=None, examples=["red"])
