"""Response models of trials."""

from pydantic import Field

from app.core.api import ResponseModel


class TrialOut(ResponseModel):
    """Whether a trial was started."""

    is_new: bool = Field(examples=[True])
