"""Response models of diaries."""

from uuid import UUID

from pydantic import Field

from app.core.api import ResponseModel

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


class DiaryOut(ResponseModel):
    """A diary."""

    id: UUID = Field(examples=[_ID])
    title: str = Field(examples=["January"])


class PhotoOut(ResponseModel):
    """A photo."""

    id: UUID = Field(examples=[_ID])
    caption: str = Field(examples=["Breakfast"])


class PhotoCountOut(ResponseModel):
    """The number of photos in a diary."""

    photos: int = Field(examples=[3])
