"""Request and response models of the search."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.api import RequestModel, ResponseModel

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
MAX_HITS = 50

Terms = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=200),
    Field(examples=["rotate a key"]),
]


class HitOrder(StrEnum):
    """The order of the hits."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    TITLE = "title"


class SearchQuery(RequestModel):
    """A search of articles."""

    terms: Terms
    order: HitOrder = Field(default=HitOrder.RELEVANCE, examples=["relevance"])
    limit: int = Field(default=20, ge=1, le=MAX_HITS, examples=[20])


class TitleQuery(RequestModel):
    """The beginning of a title, or a part of it."""

    part: Terms


class HitOut(ResponseModel):
    """An article that was found."""

    slug: str = Field(examples=["rotate-a-key"])
    title: str = Field(examples=["How to rotate a key"])
    excerpt: str = Field(examples=["Create a new key before you delete the old one …"])


class HitsOut(ResponseModel):
    """The best hits; narrow the terms to see others."""

    terms: str = Field(examples=["rotate a key"])
    hits: list[HitOut]


class TitlesOut(ResponseModel):
    """Titles that contain a text, at most ten of them."""

    titles: list[str] = Field(examples=[["How to rotate a key"]])


class SearchTermIn(RequestModel):
    """Terms to save."""

    terms: Terms


class SearchTermOut(ResponseModel):
    """Terms that were saved."""

    id: UUID = Field(examples=[_ID])
    terms: str = Field(examples=["rotate a key"])
