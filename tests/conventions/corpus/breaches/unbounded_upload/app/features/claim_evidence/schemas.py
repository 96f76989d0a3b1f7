"""Response models of evidence."""

from pydantic import Field

from app.core.api import ResponseModel


class EvidenceOut(ResponseModel):
    """A piece of evidence that was stored."""

    size: int = Field(description="The size in bytes.", examples=[48213])
