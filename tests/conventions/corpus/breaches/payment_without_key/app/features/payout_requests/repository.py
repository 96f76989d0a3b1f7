"""The repository of payouts."""

from uuid import UUID

from sqlalchemy import select, update

from app.accounts.owned import OwnerSession, OwnSession
from app.features.payout_requests.errors import PayoutNotFound, WalletTooSmall
from app.features.payout_requests.models import SellerPayout, SellerWallet
from app.features.payout_requests.schemas import PayoutIn


class PayoutRepository:
    """The wallets and payouts of one seller."""

    def __init__(self, session: OwnSession) -> None:
        """Take the session of the request."""
        self.session: OwnerSession = session

    async def store(self, new: PayoutIn) -> SellerPayout:
        """Store a payout."""
        payout = SellerPayout(cents=new.cents, reference=new.reference)
        self.session.add(payout)
        await self.session.flush()
        return payout

    async def take(self, wallet_id: UUID, cents: int) -> SellerWallet:
        """Take money from a wallet and return it.

        Raises:
            WalletTooSmall: The wallet holds less.
        """
        statement = (
            update(SellerWallet)
            .where(SellerWallet.id == wallet_id, SellerWallet.cents >= cents)
            .values(cents=SellerWallet.cents - cents)
            .returning(SellerWallet)
        )
        wallet = await self.session.scalar(statement)
        if wallet is None:
            raise WalletTooSmall
        return wallet


async def find_payout(session: OwnerSession, payout_id: UUID) -> SellerPayout:
    """Return one of the seller's payouts.

    Raises:
        PayoutNotFound: The seller has no payout with this id.
    """
    payout = await session.scalar(select(SellerPayout).where(SellerPayout.id == payout_id))
    if payout is None:
        raise PayoutNotFound
    return payout
