"""The site of a request: a header names it, and the user has to be one of its editors."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header
from sqlalchemy import select

from app.accounts.dependencies import CurrentUser
from app.core.db import ReadSession
from app.core.errors import NotFound
from app.features.site_pages.models import SiteEditor


class SiteNotFound(NotFound):
    """The user edits no site with this id."""

    code = "edited_site_not_found"
    message = "You edit no site with this id. Send its id as X-Site-Id."


@dataclass(frozen=True, slots=True)
class EditedSite:
    """A site and the editor who sent the request."""

    site_id: UUID
    editor_id: UUID


class SiteOfRequest:
    """A dependency that finds the site; a class, so that a test can give it another header."""

    async def __call__(
        self, user: CurrentUser, session: ReadSession, x_site_id: Annotated[UUID, Header()]
    ) -> EditedSite:
        """Return the site that the header names, for one of its editors.

        Raises:
            SiteNotFound: There is no such site, or the user does not edit it.
        """
        is_editor = select(SiteEditor.site_id).where(
            SiteEditor.user_id == user.id, SiteEditor.site_id == x_site_id
        )
        if await session.scalar(is_editor) is None:
            raise SiteNotFound
        return EditedSite(x_site_id, user.id)


CurrentSite = Annotated[EditedSite, Depends(SiteOfRequest())]
