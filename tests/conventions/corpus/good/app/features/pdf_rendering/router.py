"""Endpoints of renderings."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import Field, StringConstraints

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    errors,
    with_location,
)
from app.core.guards import Idempotent, RateLimit
from app.features.pdf_rendering import service
from app.features.pdf_rendering.models import PdfRendering
from app.features.pdf_rendering.service import PdfRenderingNotFound

RENDERINGS = Depends(RateLimit("30/hour", name="pdf_renderings"))

router = Router(prefix=f"{API_V1}/pdf-renderings", tags=["documents"])


class RenderingIn(RequestModel):
    """A document to render."""

    template: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$"),
        Field(examples=["offer-letter"]),
    ]


class RenderingOut(ResponseModel):
    """A rendering and its state."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    template: str = Field(examples=["offer-letter"])
    state: str = Field(examples=["done"])
    pages: int | None = Field(examples=[2])
    content_hash: str | None = Field(description="The SHA-256 of the PDF.", examples=["9f" * 32])
    queued_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    finished_at: datetime | None = Field(examples=["2026-01-31T12:00:09Z"])


@router.post(
    "",
    response_model=Envelope[RenderingOut],
    status_code=202,
    dependencies=[RENDERINGS, Depends(Idempotent())],
    responses=with_location(),
)
async def queue_pdf_rendering(
    user: CurrentUser, session: OwnSession, new: RenderingIn, request: Request, response: Response
) -> DataResponse[PdfRendering]:
    """Queue a document; poll the path in `Location` until its state is `done` or `failed`."""
    rendering = await service.queue_rendering(session, new.template, owner_id=user.id)
    response.headers["Location"] = f"{request.url.path}/{rendering.id}"
    return DataResponse(rendering)


@router.get(
    "/{rendering_id}",
    response_model=Envelope[RenderingOut],
    responses=errors(PdfRenderingNotFound),
)
async def read_pdf_rendering(
    session: OwnReadSession, rendering_id: UUID
) -> DataResponse[PdfRendering]:
    """Return a rendering with its state."""
    return DataResponse(await service.get_rendering(session, rendering_id))
