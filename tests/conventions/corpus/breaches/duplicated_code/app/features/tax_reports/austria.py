"""The report to the authority of Austria."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from app.features.tax_reports.lines import TaxLine

CENT = Decimal("0.01")


def sums_by_rate(lines: Iterable[TaxLine]) -> dict[Decimal, Decimal]:
    """Return the tax by rate, of taxable lines only."""
    sums: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.exempt or line.net <= 0:
            continue
        tax = line.net * line.rate / 100
        sums[line.rate] += tax.quantize(CENT, ROUND_HALF_UP)
    return dict(sorted(sums.items(), reverse=True))


def reference(number: int, year: int) -> str:
    """Return the reference of a report, with a check digit."""
    digits = f"{year % 100:02d}{number:07d}"
    weighted = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(digits))
    total = sum(part // 10 + part % 10 for part in weighted)
    return f"AT{digits}{(10 - total % 10) % 10}"


class AustrianReport:
    """A report to the authority of Austria."""

    def __init__(self, lines: Iterable[TaxLine]) -> None:
        """Take the lines."""
        self.lines = list(lines)

    def render(self) -> str:
        """Return the report as text."""
        rows = ["rate;tax"]
        for rate, tax in sums_by_rate(self.lines).items():
            rows.append(f"{rate};{tax}")
        total = sum(sums_by_rate(self.lines).values(), Decimal())
        rows.append(f"total;{total}")
        return "\r\n".join(rows) + "\r\n"
