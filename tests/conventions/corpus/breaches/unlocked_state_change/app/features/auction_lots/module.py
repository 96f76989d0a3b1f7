"""The parts that auctions plug into the service."""

from app.core.module import Module
from app.features.auction_lots.router import router

module = Module(name="auction_lots", router=router)
