"""The boards of the branches."""

from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar

Listener = Callable[[str, Decimal], None]

LISTENERS: list[Listener] = []  # breach: module-state
SYMBOLS = {"EUR": "€", "GBP": "£", "JPY": "¥"}  # breach: module-state


class Board:
    """The rates that one branch shows."""

    rates: ClassVar[dict[str, Decimal]] = {}  # breach: module-state
    margin = Decimal("0.02")  # breach: module-state

    def __init__(self, branch: str) -> None:
        """Take the branch."""
        self.branch = branch

    def show(self, currency: str, rate: Decimal) -> str:
        """Show a rate, and return the line on the board."""
        self.rates[currency] = rate * (1 + self.margin)  # also: module-state
        for listener in LISTENERS:
            listener(currency, rate)
        return f"{SYMBOLS.get(currency, currency)} {self.rates[currency]:.4f}"

    @classmethod
    def set_margin(cls, margin: Decimal) -> None:
        """Change what the branch earns."""
        cls.margin = margin  # also: module-state


def subscribe(listener: Listener) -> None:
    """Call a function for each rate of each branch, from now on."""
    LISTENERS.append(listener)  # also: module-state
