"""Services of pages. Each takes the site, to whose pages its statements are limited."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import Row, Select, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.core.api import Batch, Page, match_batch, paginate
from app.core.errors import Conflict, NotFound
from app.features.site_pages.models import SiteEditor, SitePage
from app.features.site_pages.schemas import PageIn, PageQuery

log = structlog.get_logger(__name__)

TreeRow = Row[str, str, int]


class SitePageNotFound(NotFound):
    """The site has no page with this id."""

    code = "site_page_not_found"
    message = "The site has no page with this id."


class EditorUnknown(NotFound):
    """No user has this id."""

    code = "site_editor_unknown"
    message = "No user has this id. Ask the person for the id of the account."


class PathTaken(Conflict):
    """Another page of the site has the path."""

    code = "site_page_path_taken"
    message = "Another page of the site has this path."


def live_pages(site_id: UUID) -> Select[SitePage]:
    """Return the statement of the pages of a site that were not deleted."""
    return select(SitePage).where(SitePage.site_id == site_id, SitePage.deleted_at.is_(None))


async def list_pages(session: AsyncSession, site_id: UUID, query: PageQuery) -> Page[SitePage]:
    """Return one page of the pages of a site."""
    return await paginate(session, live_pages(site_id), query, scope=str(site_id))


async def get_pages(session: AsyncSession, site_id: UUID, ids: Sequence[UUID]) -> Batch[SitePage]:
    """Return pages by their ids, in one statement for any number of them."""
    rows = await session.scalars(live_pages(site_id).where(SitePage.id.in_(ids)))
    return match_batch(ids, {page.id: page for page in rows}, missing=SitePageNotFound())


async def create_page(session: AsyncSession, site_id: UUID, new: PageIn) -> SitePage:
    """Store a page.

    Raises:
        PathTaken: The site has a page of this path.
    """
    statement = (
        insert(SitePage)
        .values(site_id=site_id, path=new.path, title=new.title, text=new.text)
        .on_conflict_do_nothing(
            index_elements=["site_id", "path"], index_where=SitePage.deleted_at.is_(None)
        )
        .returning(SitePage)
    )
    page: SitePage | None = await session.scalar(statement)
    if page is None:
        raise PathTaken
    return page


async def add_editor(session: AsyncSession, site_id: UUID, user_id: UUID) -> SiteEditor:
    """Let another user edit a site, once it is known that there is such a user.

    Raises:
        EditorUnknown: No user has this id.
    """
    values = select(literal(site_id), User.id).where(User.id == user_id)
    statement = insert(SiteEditor).from_select(["site_id", "user_id"], values)
    added = await session.scalars(
        statement.on_conflict_do_update(
            index_elements=["site_id", "user_id"], set_={"user_id": statement.excluded.user_id}
        ).returning(SiteEditor)
    )
    editor = added.one_or_none()
    if editor is None:
        raise EditorUnknown
    return editor


async def delete_pages(
    session: AsyncSession, site_id: UUID, ids: Sequence[UUID]
) -> Batch[Mapping[str, UUID]]:
    """Delete pages of a site, in one statement for any number of ids."""
    statement = (
        update(SitePage)
        .where(SitePage.site_id == site_id, SitePage.id.in_(ids), SitePage.deleted_at.is_(None))
        .values(deleted_at=datetime.now(UTC))
        .returning(SitePage.id)
    )
    deleted = {page_id: {"id": page_id} for page_id in await session.scalars(statement)}
    log.info("site_pages_deleted", site_id=str(site_id), pages=len(deleted))
    return match_batch(ids, deleted, missing=SitePageNotFound())


async def template_usage(session: AsyncSession, site_id: UUID) -> Sequence[TreeRow]:
    """Return the templates of a site with the number of pages that are made of them."""
    page, template = aliased(SitePage), aliased(SitePage)
    is_live = case((page.deleted_at.is_(None), 1))
    statement = (
        select(template.path, template.title, func.count(is_live))
        .join(page, page.template_id == template.id)
        .where(template.site_id == site_id)
        .group_by(template.id, template.path, template.title)
    )
    return (await session.execute(statement)).all()


def breadcrumb(path: str, titles: Mapping[str, str]) -> list[str]:
    """Return the titles of the pages above a path, from the root down."""
    # A page may be missing between two that exist, such as /a/b/c without /a/b. Its title is left
    # out, since a link to it would lead nowhere. The root is above every page but itself.
    parts = [part for part in path.split("/") if part]
    above = ["/" + "/".join(parts[:depth]) for depth in range(len(parts))]
    return [titles[one] for one in above if one in titles]
