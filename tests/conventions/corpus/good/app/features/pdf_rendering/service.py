"""Queueing a rendering, and the job that waits for it without a connection."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import OwnerSession, limit_to_owner
from app.core.errors import NotFound
from app.core.jobs import PermanentFailure, Retry, job
from app.core.services import find
from app.features.pdf_rendering.models import PdfRendering, RenderState
from app.features.pdf_rendering.renderer import Renderer, RenderRejected

MINUTE = 60.0


class PdfRenderingNotFound(NotFound):
    """The user has no rendering with this id."""

    code = "pdf_rendering_not_found"
    message = "You have no rendering with this id."


class RenderPdf(BaseModel):
    """The rendering to do."""

    owner_id: UUID
    rendering_id: UUID
    template: str


async def queue_rendering(session: OwnerSession, template: str, *, owner_id: UUID) -> PdfRendering:
    """Store a rendering and enqueue its job."""
    rendering = PdfRendering(template=template, owner_id=owner_id, queued_at=datetime.now(UTC))
    session.add(rendering)
    await session.flush()
    payload = RenderPdf(owner_id=owner_id, rendering_id=rendering.id, template=template)
    await render_pdf.enqueue(session, payload, key=f"pdf:{rendering.id}")
    return rendering


async def get_rendering(session: OwnerSession, rendering_id: UUID) -> PdfRendering:
    """Return one of the user's renderings.

    Raises:
        PdfRenderingNotFound: The user has none with this id.
    """
    rendering: PdfRendering | None = await session.scalar(
        select(PdfRendering).where(PdfRendering.id == rendering_id)
    )
    if rendering is None:
        raise PdfRenderingNotFound
    return rendering


@job(name="render_pdf", leased=True, timeout=300)
async def render_pdf(session: AsyncSession, payload: RenderPdf) -> None:
    """Render a document, then store the outcome."""
    renderer = find(Renderer)
    if renderer is None:
        raise Retry(after=MINUTE)
    try:
        pdf = await renderer.render(payload.template, key=str(payload.rendering_id))
    except RenderRejected as error:
        await _finish(session, payload, state=RenderState.FAILED)
        if payload.template.startswith("legal-"):
            raise PermanentFailure(error.code) from error
        return
    await _finish(
        session,
        payload,
        state=RenderState.DONE,
        pages=pdf.pages,
        content_hash=pdf.content_hash,
    )


async def _finish(
    session: AsyncSession,
    payload: RenderPdf,
    *,
    state: RenderState,
    pages: int | None = None,
    content_hash: str | None = None,
) -> None:
    own = limit_to_owner(session, payload.owner_id)
    rendering = await get_rendering(own, payload.rendering_id)
    rendering.state, rendering.pages = state, pages
    rendering.content_hash = content_hash
    rendering.finished_at = datetime.now(UTC)
    await own.flush()
