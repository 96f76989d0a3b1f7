"""Response models of exceptions from plans."""

from pydantic import Field

from app.core.api import RequestModel, ResponseModel, WholeNumber


class OverrideIn(RequestModel):
    """An exception from the limits of a plan."""

    seats: WholeNumber = Field(ge=1, le=10_000, examples=[50])


class OverrideOut(ResponseModel):
    """An exception from the limits of a plan."""

    seats: int = Field(examples=[50])
