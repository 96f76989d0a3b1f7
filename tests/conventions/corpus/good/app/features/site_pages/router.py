"""Endpoints of pages."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.core.api import (
    API_V1,
    Batch,
    BatchEnvelope,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    with_location,
)
from app.core.db import ReadSession, Session
from app.core.guards import RateLimit
from app.features.site_pages import service
from app.features.site_pages.models import SiteEditor, SitePage
from app.features.site_pages.schemas import (
    DeletedPageOut,
    EditorIn,
    EditorOut,
    PageIds,
    PageIn,
    PageQuery,
    SitePageOut,
)
from app.features.site_pages.service import EditorUnknown, PathTaken
from app.features.site_pages.tenancy import CurrentSite, SiteNotFound

BATCHES = Depends(RateLimit("60/minute", name="site_page_batches"))

router = Router(prefix=f"{API_V1}/site-pages", tags=["sites"])


@router.get(
    "",
    response_model=PageEnvelope[SitePageOut],
    responses=errors(InvalidCursor, SiteNotFound),
)
async def list_site_pages(
    site: CurrentSite, session: ReadSession, query: Annotated[PageQuery, Query()]
) -> Page[SitePage]:
    """List the pages of a site that you edit."""
    return await service.list_pages(session, site.site_id, query)


@router.post(
    "",
    response_model=Envelope[SitePageOut],
    status_code=201,
    responses=with_location(PathTaken, SiteNotFound),
)
async def create_site_page(
    site: CurrentSite, session: Session, new: PageIn, request: Request, response: Response
) -> DataResponse[SitePage]:
    """Create a page. A second one of the same path is refused, so a retry is safe."""
    page = await service.create_page(session, site.site_id, new)
    response.headers["Location"] = f"{request.url.path}/{page.id}"
    return DataResponse(page)


@router.put(
    "/editors",
    response_model=Envelope[EditorOut],
    responses=errors(EditorUnknown, SiteNotFound),
)
async def add_site_editor(
    site: CurrentSite, session: Session, new: EditorIn
) -> DataResponse[SiteEditor]:
    """Let another user edit the site; repeating it changes nothing."""
    return DataResponse(await service.add_editor(session, site.site_id, new.user_id))


@router.post(
    "/queries",
    response_model=BatchEnvelope[SitePageOut],
    dependencies=[BATCHES],
    responses=errors(SiteNotFound),
)
async def query_site_pages(
    site: CurrentSite, session: ReadSession, wanted: PageIds
) -> Batch[SitePage]:
    """Return up to 100 pages of a site; unknown ids are among the failures."""
    return await service.get_pages(session, site.site_id, wanted.ids)


@router.post(
    "/deletions",
    response_model=BatchEnvelope[DeletedPageOut],
    dependencies=[BATCHES],
    responses=errors(SiteNotFound),
)
async def delete_site_pages(
    site: CurrentSite, session: Session, unwanted: PageIds
) -> Batch[Mapping[str, UUID]]:
    """Delete up to 100 pages of a site; unknown ids are among the failures."""
    return await service.delete_pages(session, site.site_id, unwanted.ids)
