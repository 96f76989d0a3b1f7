"""Services of gift cards and credits."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.stored_value.errors import BalanceTooLow
from app.features.stored_value.models import GiftCard
from app.features.stored_value.repository import GiftCards, find_account


async def redeem(session: AsyncSession, code: str, amount: Decimal) -> GiftCard:
    """Take an amount from a card.

    Raises:
        BalanceTooLow: The card has less than the amount.
        GiftCardNotFound: No card has this code.
    """
    card = await GiftCards(session).get(code)
    if card.balance < amount:
        raise BalanceTooLow
    card.balance -= amount  # breach: read-modify-write
    card.redemptions = card.redemptions + 1  # breach: read-modify-write
    await session.flush()
    return card


async def transfer(session: AsyncSession, source: UUID, target: UUID) -> Decimal:
    """Move all of the money of one card to another, and return the new balance."""
    cards = GiftCards(session)
    moved = await cards.balance_of(source)
    total = moved + await cards.balance_of(target)
    await cards.set_balance(source, Decimal(0))
    await cards.set_balance(target, total)  # breach: read-modify-write
    return total


async def consume_credit(session: AsyncSession, workspace: str, action: str) -> bool:
    """Take a credit of a workspace for an action, and return whether it had one."""
    account = await find_account(session, workspace)
    if account is None or not account.remaining:
        return False
    left = account.remaining - 1
    setattr(account, "remaining", left)  # breach: read-modify-write
    used = account.usage.get(action, 0)
    account.usage = account.usage | {action: used + 1}  # breach: read-modify-write
    await session.flush()
    return True
