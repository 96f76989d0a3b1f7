"""Endpoints of visits."""

from typing import Annotated

from fastapi import Cookie, Depends, Response
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, anonymous
from app.core.guards import RateLimit
from app.features.shop_visits.cookies import (
    VISIT_COOKIE,
    cookie_setter,
    end_visit,
    start_visit,
)
from app.features.shop_visits.recommendations import bucket, sample

router = Router(prefix=f"{API_V1}/shop-visits", tags=["shop-visits"])

VISITS = [Depends(RateLimit("30/minute", name="shop_visits"))]
ITEMS = ("Honey", "Jam", "Tea", "Bread", "Cheese")


class RecommendationOut(ResponseModel):
    """Recommended items."""

    items: list[str] = Field(max_length=5, examples=[["Honey", "Tea"]])
    group: int = Field(description="The group of an experiment.", examples=[1])


@router.put("/current", status_code=204, dependencies=VISITS)
@anonymous("visitors have no account")
async def renew_shop_visit(
    response: Response,
    visit: Annotated[
        str | None, Cookie(alias=VISIT_COOKIE, max_length=64, examples=["q1w2e3"])
    ] = None,
) -> None:
    """Begin a visit, or renew it."""
    if visit is None:
        start_visit(response)
    else:
        cookie_setter(response)(visit)


@router.delete("/current", status_code=204, dependencies=VISITS)
@anonymous("visitors have no account")
async def end_shop_visit(response: Response) -> None:
    """End a visit."""
    end_visit(response)


@router.get("/recommendations", response_model=Envelope[RecommendationOut])
async def read_recommendations(user: CurrentUser) -> DataResponse[RecommendationOut]:
    """Return some items that you may like."""
    group = bucket(user.id, "recommendations", of=2)
    return DataResponse(RecommendationOut(items=sample(ITEMS, 2 + group), group=group))
