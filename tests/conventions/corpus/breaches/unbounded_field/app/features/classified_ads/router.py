"""Endpoints of ads."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.classified_ads.schemas import AdCountOut, AdFilter, AdIn

router = Router(prefix=f"{API_V1}/classified-ads", tags=["classified-ads"])


class AdPageFilter(AdFilter):
    """A filter of ads, for the query."""

    seller: str = Field(default="", examples=["ada"])  # breach: unbounded-field


@router.post("/checks", response_model=Envelope[AdCountOut])
async def check_ad(_: CurrentUser, new: AdIn) -> DataResponse[AdCountOut]:
    """Return the number of words of an ad."""
    return DataResponse(AdCountOut(ads=len(new.text.split())))


@router.get("/counts", response_model=Envelope[AdCountOut])
async def count_ads(
    _: CurrentUser, query: Annotated[AdPageFilter, Query()]
) -> DataResponse[AdCountOut]:
    """Return the number of ads."""
    return DataResponse(AdCountOut(ads=len(query.words)))
