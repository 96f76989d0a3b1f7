"""Endpoints of price lists."""

from fastapi import Depends
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.core.guards import RateLimit
from app.features.pricing_snapshots.loading import load_formula, load_legacy, load_plugin
from app.features.pricing_snapshots.yaml_lists import read_prices

router = Router(
    prefix=f"{API_V1}/pricing-snapshots",
    tags=["pricing-snapshots"],
    dependencies=[Depends(RateLimit("10/minute", name="pricing_snapshots"))],
)


class SnapshotIn(RequestModel):
    """A price list to check."""

    document: str = Field(max_length=50_000, examples=["shoes: 9900"])
    formula: str = Field(max_length=200, examples=["cents - cents % 5"])
    partner: str = Field(max_length=40, examples=["acme"])


class SnapshotOut(ResponseModel):
    """The number of prices."""

    prices: int = Field(examples=[120])


@router.post("/checks", response_model=Envelope[SnapshotOut])
async def check_snapshot(_: CurrentUser, snapshot: SnapshotIn) -> DataResponse[SnapshotOut]:
    """Return the number of prices in a document."""
    prices = read_prices(snapshot.document)
    rounded = load_formula(snapshot.formula)(len(prices))
    return DataResponse(SnapshotOut(prices=rounded))


@router.post("/legacy-checks", response_model=Envelope[SnapshotOut])
async def check_legacy_snapshot(_: CurrentUser, snapshot: SnapshotIn) -> DataResponse[SnapshotOut]:
    """Return the number of prices in a document of an older version."""
    read = load_plugin(snapshot.partner).read
    return DataResponse(SnapshotOut(prices=len(read(load_legacy(snapshot.document.encode())))))
