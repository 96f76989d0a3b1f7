"""The API of the tax office."""

from decimal import Decimal
from functools import cache, cached_property, lru_cache
from re import Pattern, compile
from weakref import WeakValueDictionary

from app.core.http import HttpClient


class TaxNumber:
    """A tax number, shared while it is in use."""

    known: WeakValueDictionary[str, "TaxNumber"] = WeakValueDictionary()

    def __init__(self, number: str) -> None:
        """Take the number."""
        self.number = number


class TaxOffice:
    """Asks the tax office for rates, once for each place."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the office."""
        self._client = client
        self._rates: dict[str, Decimal] = {}  # also: unbounded-cache

    async def rate(self, postcode: str) -> Decimal:
        """Return the rate of a place."""
        if postcode not in self._rates:
            response = await self._client.request("GET", f"/rates/{postcode}")
            self._rates[postcode] = Decimal(response.json()["rate"])  # breach: unbounded-cache
        return self._rates[postcode]

    @cached_property
    def name(self) -> str:
        """The name of the office in logs."""
        return f"tax office at {self._client.name}"


@cache
def normalized(number: str) -> str:  # breach: unbounded-cache
    """Return a tax number without separators."""
    return "".join(part for part in number.upper() if part.isalnum())


@lru_cache(None)
def pattern_of(prefix: str) -> Pattern[str]:  # breach: unbounded-cache
    """Return the pattern of the numbers with a prefix."""
    letters = "".join(part for part in prefix if part.isalpha())
    return compile(rf"{letters}[0-9]{{8,12}}")
