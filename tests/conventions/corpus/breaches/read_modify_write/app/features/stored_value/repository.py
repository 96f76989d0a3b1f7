"""Statements on gift cards and credits."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.stored_value.errors import GiftCardNotFound
from app.features.stored_value.models import CreditAccount, GiftCard


class GiftCards:
    """The gift cards, in the transaction of one request."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the transaction of the request."""
        self._session = session

    async def get(self, code: str) -> GiftCard:
        """Return the card with a code.

        Raises:
            GiftCardNotFound: No card has this code.
        """
        card: GiftCard | None = await self._session.scalar(
            select(GiftCard).where(GiftCard.code == code)
        )
        if card is None:
            raise GiftCardNotFound
        return card

    async def balance_of(self, card_id: UUID) -> Decimal:
        """Return the balance of a card."""
        balance = select(GiftCard.balance).where(GiftCard.id == card_id)
        return await self._session.scalar(balance) or Decimal(0)

    async def set_balance(self, card_id: UUID, balance: Decimal) -> None:
        """Store the balance of a card."""
        await self._session.execute(
            update(GiftCard).where(GiftCard.id == card_id).values(balance=balance)
        )


async def find_account(session: AsyncSession, workspace: str) -> CreditAccount | None:
    """Return the credits of a workspace."""
    account: CreditAccount | None = await session.scalar(
        select(CreditAccount).where(CreditAccount.workspace == workspace)
    )
    return account
