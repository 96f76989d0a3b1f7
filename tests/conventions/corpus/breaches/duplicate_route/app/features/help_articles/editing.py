"""Endpoints for the editors of help articles."""

from uuid import UUID

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.features.help_articles.schemas import HelpArticleOut

PREFIX = f"{API_V1}/help-articles"

router = Router(prefix=PREFIX, tags=["help-articles"])


# breach: duplicate-route
@router.get(
    "/{article_id}", response_model=Envelope[HelpArticleOut], responses=errors(InsufficientRole)
)
async def read_draft(_: Admin, article_id: UUID) -> DataResponse[HelpArticleOut]:
    """Return an article as its editors see it. Administrators only."""
    return DataResponse(HelpArticleOut(title=str(article_id)))


async def list_editors(_: Admin) -> DataResponse[HelpArticleOut]:
    """Return the first editor. Administrators only."""
    return DataResponse(HelpArticleOut(title="first editor"))


async def list_authors(_: Admin) -> DataResponse[HelpArticleOut]:
    """Return the first author. Administrators only."""
    return DataResponse(HelpArticleOut(title="first author"))


PEOPLE = {"response_model": Envelope[HelpArticleOut], "responses": errors(InsufficientRole)}

router.add_api_route("/team/members", list_editors, methods=["GET"], **PEOPLE)
# breach: duplicate-route
router.add_api_route("/team/members", list_authors, methods=["GET"], **PEOPLE)
