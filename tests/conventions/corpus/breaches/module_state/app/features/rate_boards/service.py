"""Services of rate boards."""

from decimal import Decimal

from app.features.rate_boards import board as boards
from app.features.rate_boards.board import Board, subscribe


class History:
    """The rates that a user follows."""

    def __init__(self) -> None:
        """Start with no rate."""
        self.rates: list[tuple[str, Decimal]] = []

    def follow(self) -> None:
        """Follow the rates of all branches."""
        subscribe(lambda currency, rate: self.rates.append((currency, rate)))


async def show_rate(branch: str, currency: str, rate: Decimal) -> str:
    """Show a rate in a branch."""
    return Board(branch).show(currency, rate)


async def rename_euro(symbol: str) -> None:
    """Show another symbol for the euro."""
    boards.SYMBOLS["EUR"] = symbol  # also: module-state
