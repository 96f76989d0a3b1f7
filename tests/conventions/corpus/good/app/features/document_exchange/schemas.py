"""Request and response models of documents."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import Field

from app.core.api import FileName, RequestModel, ResponseModel, ShortText

Name = Annotated[FileName, Path()]


class DocumentNote(RequestModel):
    """A note about a document."""

    title: ShortText = Field(examples=["Lease"])
    note: ShortText = Field(examples=["Please sign by Friday"])
    text: str = Field(default="Hello $name", max_length=2000, examples=["Hello $name"])


class PartnerQuery(RequestModel):
    """The page of a partner."""

    address: str = Field(max_length=500, examples=["https://sign.example.com/lease"])


class PageQuery(RequestModel):
    """A page of our site."""

    page: Literal["inbox", "archive"] = Field(examples=["inbox"])


class DocumentTextOut(ResponseModel):
    """The text of a document."""

    words: int = Field(examples=[1204])
    text: str = Field(examples=["This lease begins…"])


class MessagePreviewOut(ResponseModel):
    """A preview of a message."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    text: str = Field(examples=["Hello Ada"])
