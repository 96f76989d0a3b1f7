"""Endpoints of payouts."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from uuid_utils.compat import uuid7

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router, errors, with_location
from app.core.guards import RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.features.payout_requests.clients import PayoutBank
from app.features.payout_requests.errors import PayoutNotFound, WalletTooSmall
from app.features.payout_requests.jobs import BonusPayout, pay_bonus
from app.features.payout_requests.models import SellerPayout, SellerWallet
from app.features.payout_requests.repository import PayoutRepository, find_payout
from app.features.payout_requests.schemas import PayoutIn, PayoutOut, ReceiptOut

PAYOUTS = [Depends(RateLimit("10/minute", name="payouts"))]

router = Router(prefix=f"{API_V1}/payouts", tags=["payouts"])

Payouts = Annotated[PayoutRepository, Depends()]


# breach: payment-without-key
@router.post(
    "/transfers",
    response_model=Envelope[ReceiptOut],
    dependencies=PAYOUTS,
    responses=errors(*UPSTREAM_ERRORS),
)
async def transfer_payout(_: CurrentUser, new: PayoutIn) -> DataResponse[ReceiptOut]:
    """Pay a seller at once."""
    return DataResponse(ReceiptOut(number=await get(PayoutBank).pay(new)))


# breach: payment-without-key
@router.post("/bonuses", status_code=204, dependencies=PAYOUTS)
async def grant_bonus(session: OwnSession, new: PayoutIn) -> None:
    """Pay a bonus within a minute."""
    await pay_bonus.enqueue(session, BonusPayout(id=uuid7(), cents=new.cents))


# breach: payment-without-key
@router.post("", response_model=Envelope[PayoutOut], status_code=201, responses=with_location())
async def request_payout(
    payouts: Payouts, new: PayoutIn, request: Request, response: Response
) -> DataResponse[SellerPayout]:
    """Ask for a payout."""
    payout = await payouts.store(new)
    response.headers["Location"] = request.url_for("read_payout", payout_id=str(payout.id)).path
    return DataResponse(payout)


@router.get("/{payout_id}", response_model=Envelope[PayoutOut], responses=errors(PayoutNotFound))
async def read_payout(session: OwnReadSession, payout_id: UUID) -> DataResponse[SellerPayout]:
    """Return one of your payouts."""
    return DataResponse(await find_payout(session, payout_id))


# breach: payment-without-key
@router.post(
    "/wallets/{wallet_id}/withdrawals",
    response_model=Envelope[PayoutOut],
    responses=errors(WalletTooSmall),
)
async def withdraw(payouts: Payouts, wallet_id: UUID, new: PayoutIn) -> DataResponse[SellerWallet]:
    """Take money from your wallet."""
    return DataResponse(await payouts.take(wallet_id, new.cents))
