"""Request and response models of job postings."""

from uuid import UUID

from pydantic import Field

from app.core.api import RequestModel, ResponseModel, ShortText


class JobPostingIn(RequestModel):
    """A new job posting."""

    title: ShortText = Field(examples=["Baker"])


class JobNotesIn(RequestModel):
    """New notes."""

    texts: list[ShortText] = Field(min_length=1, max_length=20, examples=[["Call on Monday"]])


class JobPostingOut(ResponseModel):
    """A job posting."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])


class JobMatchOut(ResponseModel):
    """The number of postings that match."""

    matches: int = Field(examples=[3])
