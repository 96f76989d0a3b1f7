"""Bonuses that marketing adds to gift cards."""

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.stored_value.models import GiftCard
from app.features.stored_value.repository import GiftCards

Rule = Callable[[Decimal], Decimal]


def percent(share: int) -> Rule:
    """Return a rule that adds some percent of the balance."""
    return lambda balance: balance + (balance * share / 100).quantize(Decimal("0.01"))


class Campaign:
    """A campaign that raises the balances of cards by one rule."""

    def __init__(self, session: AsyncSession, rule: Rule) -> None:
        """Take the transaction of the request, and the rule."""
        self._cards = GiftCards(session)
        self._rule = rule

    async def apply(self, code: str) -> None:
        """Raise the balance of one card."""
        self._raise(await self._cards.get(code))

    def _raise(self, card: GiftCard) -> None:
        match self._rule(card.balance):
            case raised if raised > card.balance:
                card.balance = raised  # breach: read-modify-write
