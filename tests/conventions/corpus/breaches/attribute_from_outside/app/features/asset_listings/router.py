"""Endpoints of lists of equipment."""

from typing import Annotated

from fastapi import Query

from app.accounts.owned import OwnReadSession
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.asset_listings import listing
from app.features.asset_listings.schemas import AssetCountOut, AssetQuery

router = Router(prefix=f"{API_V1}/asset-listings", tags=["asset-listings"])

Wanted = Annotated[AssetQuery, Query()]


@router.get("/counts", response_model=Envelope[AssetCountOut])
async def count_assets(session: OwnReadSession, query: Wanted) -> DataResponse[AssetCountOut]:
    """Return the number of your equipment with a value."""
    return DataResponse(AssetCountOut(assets=await listing.find_assets(session, query)))


@router.get("/field-counts", response_model=Envelope[AssetCountOut])
async def count_asset_fields(session: OwnReadSession, query: Wanted) -> DataResponse[AssetCountOut]:
    """Return the number of fields of your equipment."""
    fields = await listing.list_assets(session, query)
    return DataResponse(AssetCountOut(assets=len(fields)))


@router.get("/column-counts", response_model=Envelope[AssetCountOut])
async def count_asset_columns(
    session: OwnReadSession, query: Wanted
) -> DataResponse[AssetCountOut]:
    """Return the number of rows with some columns."""
    return DataResponse(AssetCountOut(assets=await listing.read_columns(session, query)))
