"""Request and response models of places."""

from pydantic import Field

from app.core.api import RequestModel, ResponseModel, ShortText


class PlaceQuery(RequestModel):
    """The address to look for."""

    address: ShortText = Field(examples=["Rua Augusta 100, Lisboa"])


class PlaceOut(ResponseModel):
    """A place on the map."""

    is_known: bool = Field(examples=[True])
