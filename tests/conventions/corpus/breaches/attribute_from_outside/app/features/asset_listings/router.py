"""Endpoints of lists of equipment."""

from typing import Annotated

from fastapi import Query

from app.accounts.owned import OwnReadSession
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.asset_listings import listing
from app.features.asset_listings.schemas import AssetLinesOut, AssetQuery

router = Router(prefix=f"{API_V1}/asset-listings", tags=["asset-listings"])

Wanted = Annotated[AssetQuery, Query()]


@router.get("/names", response_model=Envelope[AssetLinesOut])
async def read_asset_names(session: OwnReadSession, query: Wanted) -> DataResponse[AssetLinesOut]:
    """Return the names of your equipment with a value."""
    return DataResponse(AssetLinesOut(lines=await listing.find_names(session, query)))


@router.get("/fields", response_model=Envelope[AssetLinesOut])
async def read_asset_fields(session: OwnReadSession, query: Wanted) -> DataResponse[AssetLinesOut]:
    """Return one field of your equipment."""
    return DataResponse(AssetLinesOut(lines=await listing.list_fields(session, query)))


@router.get("/columns", response_model=Envelope[AssetLinesOut])
async def read_asset_columns(session: OwnReadSession, query: Wanted) -> DataResponse[AssetLinesOut]:
    """Return some columns of your equipment."""
    return DataResponse(AssetLinesOut(lines=await listing.read_columns(session, query)))
