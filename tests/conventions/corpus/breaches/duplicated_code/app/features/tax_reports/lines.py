"""Lines of reports."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A line with its tax rate in percent."""

    net: Decimal
    rate: Decimal
    exempt: bool = False
