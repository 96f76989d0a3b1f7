"""Bonuses for shifts at night and on Sundays."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from app.features.shift_swaps.matching import Shift

CENT = Decimal("0.01")
NIGHT_BONUS = Decimal("0.25")
SUNDAY_BONUS = Decimal("0.50")
SUNDAY = 6
EVENING = 20


def night_pay(shifts: Iterable[Shift], hourly: Decimal) -> Decimal:
    """Return the bonus for shifts that begin in the evening."""
    hours = sum((shift.hours for shift in shifts if shift.starts_at.hour >= EVENING), Decimal())
    return (hours * hourly * NIGHT_BONUS).quantize(CENT, ROUND_HALF_UP)


def sunday_pay(shifts: Iterable[Shift], hourly: Decimal) -> Decimal:
    """Return the bonus for shifts on Sundays."""
    hours = sum((shift.hours for shift in shifts if shift.starts_at.weekday() == SUNDAY), Decimal())
    return (hours * hourly * SUNDAY_BONUS).quantize(CENT, ROUND_HALF_UP)
