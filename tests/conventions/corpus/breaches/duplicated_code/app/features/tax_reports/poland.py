"""The report to the authority of Poland."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from app.features.tax_reports.lines import TaxLine

GROSZ = Decimal("0.01")


def totals(entries: Iterable[TaxLine]) -> dict[Decimal, Decimal]:  # breach: duplicated-code
    """Return the tax by rate, for the Polish report."""
    amounts: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if entry.exempt or entry.net <= 0:
            continue
        vat = entry.net * entry.rate / 100
        amounts[entry.rate] += vat.quantize(GROSZ, ROUND_HALF_UP)
    return dict(sorted(amounts.items(), reverse=True))


class PolishReport:
    """A report to the authority of Poland."""

    def __init__(self, entries: Iterable[TaxLine]) -> None:
        """Take the lines."""
        self.entries = list(entries)

    def number(self, sequence: int, year: int) -> str:  # breach: duplicated-code
        """Return the number of the report, with a check digit."""
        digits = f"{year % 100:02d}{sequence:07d}"
        weighted = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(digits))
        total = sum(part // 10 + part % 10 for part in weighted)
        return f"PL{digits}{(10 - total % 10) % 10}"

    def as_csv(self) -> str:  # breach: duplicated-code
        """Return the report as CSV."""
        rows = ["rate;tax"]
        for rate, tax in totals(self.entries).items():
            rows.append(f"{rate};{tax}")
        total = sum(totals(self.entries).values(), Decimal())
        rows.append(f"total;{total}")
        return "\r\n".join(rows) + "\r\n"
