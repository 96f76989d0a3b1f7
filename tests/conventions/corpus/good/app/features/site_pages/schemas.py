"""Request and response models of pages."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.api import BatchIds, ListQuery, Orders, RequestModel, ResponseModel, ShortText
from app.features.site_pages.models import SitePage

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"

SitePath = Annotated[str, StringConstraints(pattern=r"^/[a-z0-9/-]{0,199}$")]


class PageQuery(ListQuery):
    """Order of the pages."""

    sort: Annotated[
        Literal["updated_at", "-updated_at"],
        Orders(updated_at=[SitePage.updated_at, SitePage.id]),
    ] = Field(default="-updated_at", description="`-` is newest first.", examples=["-updated_at"])


class PageIn(RequestModel):
    """A new page."""

    path: SitePath = Field(examples=["/about/team"])
    title: ShortText = Field(examples=["Our team"])
    text: Annotated[str, StringConstraints(max_length=50_000)] = Field(examples=["We are …"])


class EditorIn(RequestModel):
    """The person who may edit the site from now on."""

    user_id: UUID = Field(description="The new editor, not the caller.", examples=[_ID])


class PageIds(RequestModel):
    """Some pages."""

    ids: BatchIds[UUID] = Field(examples=[[_ID]])


class SitePageOut(ResponseModel):
    """A page, without its text."""

    id: UUID = Field(examples=[_ID])
    path: str = Field(examples=["/about/team"])
    title: str = Field(examples=["Our team"])
    updated_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class EditorOut(ResponseModel):
    """A user who may edit a site."""

    site_id: UUID = Field(examples=[_ID])
    user_id: UUID = Field(examples=[_ID])


class DeletedPageOut(ResponseModel):
    """A page that was deleted."""

    id: UUID = Field(examples=[_ID])
