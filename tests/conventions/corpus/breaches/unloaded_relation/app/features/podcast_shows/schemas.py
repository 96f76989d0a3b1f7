"""Request and response models of podcasts."""

from uuid import UUID

from pydantic import Field

from app.core.api import RequestModel, ResponseModel, ShortText

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


class EpisodeIn(RequestModel):
    """Another title of an episode."""

    title: ShortText = Field(examples=["Pricing your product"])


class HostOut(ResponseModel):
    """The host of a show."""

    name: str = Field(examples=["Ada Byron"])


class ShowOut(ResponseModel):
    """A show in an episode."""

    title: str = Field(examples=["Founders at work"])
    host: HostOut


class EpisodeOut(ResponseModel):
    """An episode with its show."""

    id: UUID = Field(examples=[_ID])
    title: str = Field(examples=["Pricing your product"])
    show: ShowOut
