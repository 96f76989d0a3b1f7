"""Response models of events of partners."""

from pydantic import Field

from app.core.api import ResponseModel


class HookOut(ResponseModel):
    """The receipt of an event."""

    accepted: bool = Field(examples=[True])
