"""Response models of intake forms."""

from pydantic import Field

from app.core.api import ResponseModel


class SubmissionOut(ResponseModel):
    """A summary of a submission."""

    answered: int = Field(description="The number of answers.", examples=[12])
