"""Endpoints for the readers of help articles."""

from typing import Annotated

from fastapi import Path

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.help_articles.editing import PREFIX
from app.features.help_articles.editing import router as editing
from app.features.help_articles.schemas import HelpArticleOut

Slug = Annotated[str, Path(max_length=80, examples=["change-your-plan"])]

reading = Router(prefix=PREFIX, tags=["help-articles"])
topics = Router(prefix=f"{API_V1}/help-articles/topics", tags=["help-articles"])


@reading.get("/{slug}", response_model=Envelope[HelpArticleOut])
async def read_article(_: CurrentUser, slug: Slug) -> DataResponse[HelpArticleOut]:
    """Return an article."""
    return DataResponse(HelpArticleOut(title=slug))


@reading.get("/topics/{slug}/articles", response_model=Envelope[HelpArticleOut])
async def read_topic_article(_: CurrentUser, slug: Slug) -> DataResponse[HelpArticleOut]:
    """Return the first article of a topic."""
    return DataResponse(HelpArticleOut(title=slug))


# breach: duplicate-route
@topics.api_route(
    "/{topic}/articles", methods=["GET", "HEAD"], response_model=Envelope[HelpArticleOut]
)
async def read_article_of_topic(_: CurrentUser, topic: Slug) -> DataResponse[HelpArticleOut]:
    """Return the newest article of a topic."""
    return DataResponse(HelpArticleOut(title=topic))


router = Router()
for part in (reading, topics, editing):
    router.include_router(part)
