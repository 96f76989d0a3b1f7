"""Services of tax lookups."""

from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from functools import wraps
from typing import Any

from app.core.services import get
from app.features.tax_lookups.office import TaxOffice, normalized

Lookup = Callable[[str], Awaitable[Any]]


def remembered(lookup: Lookup) -> Lookup:
    """Return a lookup that is made once for each key."""
    results: dict[str, Any] = {}  # also: unbounded-cache

    @wraps(lookup)
    async def call(key: str) -> Any:
        if key not in results:
            results[key] = await lookup(key)  # breach: unbounded-cache
        return results[key]

    return call


@remembered
async def rate_of(postcode: str) -> str:
    """Return the rate of a place, as it is printed on invoices."""
    return f"{await get(TaxOffice).rate(postcode):.2f} %"


class Validity:
    """The tax numbers that were found to be valid."""

    def __init__(self, results: MutableMapping[str, bool] | None = None) -> None:
        """Take the results of an earlier process."""
        self.results = OrderedDict(results or {})  # also: unbounded-cache
        self._asked: defaultdict[str, int] = defaultdict(int)  # also: unbounded-cache

    def note(self, number: str, *, is_valid: bool) -> None:
        """Remember whether a number is valid."""
        self.results[normalized(number)] = is_valid  # breach: unbounded-cache
        self.results.move_to_end(normalized(number))

    def count(self, caller: str) -> int:
        """Return how often a caller has asked."""
        self._asked[caller] += 1  # breach: unbounded-cache
        return self._asked[caller]
