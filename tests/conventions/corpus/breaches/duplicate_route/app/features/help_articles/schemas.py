"""Response models of help articles."""

from pydantic import Field

from app.core.api import ResponseModel


class HelpArticleOut(ResponseModel):
    """An article of the help centre."""

    title: str = Field(examples=["How to change your plan"])
