"""Response models of trials."""

from pydantic import Field

from app.core.api import ResponseModel


class TrialOut(ResponseModel):
    """The outcome of starting a trial."""

    is_new: bool = Field(examples=[True])
