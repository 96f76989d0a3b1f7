"""Request and response models of previews."""

from pydantic import Field

from app.core.api import RequestModel, ResponseModel


class PreviewIn(RequestModel):
    """A page to preview."""

    url: str = Field(pattern=r"^https?://", max_length=2000, examples=["https://example.com/a"])


class AuthorQuery(RequestModel):
    """The author of a page."""

    handle: str = Field(max_length=200, examples=["@ada@social.example"])


class PreviewOut(ResponseModel):
    """A preview of a page."""

    size: int = Field(description="The size of the page in bytes.", examples=[18_204])
