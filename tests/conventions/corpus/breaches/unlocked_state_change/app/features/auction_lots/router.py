"""Endpoints of auctions."""

from uuid import UUID

from fastapi import Depends

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.db import Session
from app.core.guards import Idempotent, RateLimit
from app.features.auction_lots.errors import BidTooLow, LotNotFound
from app.features.auction_lots.models import AuctionLot
from app.features.auction_lots.schemas import BidIn, LotOut
from app.features.auction_lots.service import Auction

router = Router(prefix=f"{API_V1}/auction-lots", tags=["auctions"])


@router.put(
    "/{lot_id}/highest-bid",
    response_model=Envelope[LotOut],
    dependencies=[Depends(RateLimit("60/minute")), Depends(Idempotent(required=False))],
    responses=errors(LotNotFound, BidTooLow),
)
async def place_bid(
    user: CurrentUser, session: Session, lot_id: UUID, bid: BidIn
) -> DataResponse[AuctionLot]:
    """Bid for a lot."""
    auction = await Auction.open(session, lot_id)
    return DataResponse(await auction.bid(str(user.id), bid.amount))
