"""Endpoints of reading lists."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

import orjson
from fastapi import Response, status
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/reading-lists", tags=["reading-lists"])

no_content = partial(Response, status_code=HTTPStatus.NO_CONTENT)


class ArticleOut(ResponseModel):
    """An article of a reading list."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])


# breach: body-with-204
@router.delete("/articles/{article_id}", response_model=None, status_code=204)
async def drop_article(_: CurrentUser, article_id: UUID) -> dict[str, str]:
    """Remove an article from the reading list."""
    return {"removed": str(article_id)}


# breach: body-with-204
@router.put("/articles/{article_id}/mark", response_model=Envelope[ArticleOut])
async def mark_article(
    _: CurrentUser, article_id: UUID, response: Response
) -> DataResponse[ArticleOut]:
    """Mark an article as read."""
    response.status_code = status.HTTP_204_NO_CONTENT
    return DataResponse(ArticleOut(id=article_id))


# breach: body-with-204
@router.delete("/articles/{article_id}/mark", status_code=204)
async def unmark_article(_: CurrentUser, article_id: UUID) -> Response:
    """Mark an article as unread."""
    return no_content(content=f'{{"unread": "{article_id}"}}')


# breach: body-with-204
@router.delete("/articles", status_code=HTTPStatus.NO_CONTENT)
async def clear_articles(_: CurrentUser) -> Response:
    """Remove every article from the reading list."""
    content = orjson.dumps({"removed": 0})
    return Response(content, HTTPStatus.NO_CONTENT, media_type="application/json")
