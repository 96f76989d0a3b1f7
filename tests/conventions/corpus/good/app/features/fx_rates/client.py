"""The bank as a typed client, and the rates that are kept of it."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from time import monotonic

import structlog

from app.core.errors import BadGateway
from app.core.http import HttpClient
from app.features.fx_rates.document import UnreadableRates, parse_rates

MAX_DAYS = 64
SECONDS_BETWEEN_FAILURES = 30.0

log = structlog.get_logger()


class RatesUnreadable(BadGateway):
    """The bank sent something else than rates."""

    code = "fx_rates_unreadable"
    message = "The bank sent no usable exchange rates. Retry later."


@dataclass(frozen=True, slots=True)
class DailyRates:
    """The rates of one day against the euro."""

    day: date
    rates: dict[str, Decimal]

    def convert(self, amount: Decimal, *, source: str, target: str) -> Decimal:
        """Return an amount in another currency, rounded to its digits.

        Raises:
            KeyError: The bank has no rate of one of the currencies.
        """
        rates = {"EUR": Decimal(1), **self.rates}
        return (amount / rates[source] * rates[target]).quantize(digits_of(target))


@lru_cache(maxsize=256)
def digits_of(currency: str) -> Decimal:
    """Return the smallest unit of a currency."""
    return Decimal(1) if currency in {"JPY", "KRW", "HUF"} else Decimal("0.01")


class BankClient:
    """Reads rates, one request at a time for each day; keeps those of the newest days read."""

    def __init__(self, http: HttpClient, *, deadline: float) -> None:
        """Take the connection to the bank."""
        self._http = http
        self._deadline = deadline
        self._days: OrderedDict[str, DailyRates] = OrderedDict()
        self._lock = asyncio.Lock()
        self._failed_at = -SECONDS_BETWEEN_FAILURES

    async def rates_of(self, day: date | None = None) -> DailyRates:
        """Return the rates of a day, or the newest ones.

        Raises:
            RatesUnreadable: The bank sent no rates.
            UpstreamError: The bank does not respond.
        """
        # The newest rates are those of a day too, so that they are read again on the next one.
        key = day.isoformat() if day else f"newest on {datetime.now(UTC).date()}"
        async with self._lock:
            if key not in self._days:
                self._remember(key, await self._fetch(day.isoformat() if day else "daily"))
            self._days.move_to_end(key)
            return self._days[key]

    def forget(self) -> None:
        """Drop the rates that were read, so that the next use reads them again."""
        self._days.clear()

    def _remember(self, key: str, rates: DailyRates) -> None:
        self._days[key] = rates
        while len(self._days) > MAX_DAYS:
            self._days.popitem(last=False)

    async def _fetch(self, name: str) -> DailyRates:
        if monotonic() - self._failed_at < SECONDS_BETWEEN_FAILURES:
            raise RatesUnreadable
        response = await self._http.request("GET", f"/rates/{name}.xml", deadline=self._deadline)
        try:
            return DailyRates(*parse_rates(response.content))
        except UnreadableRates as error:
            self._failed_at = monotonic()
            log.warning("fx_document_unreadable", day=name, reason=str(error))
            raise RatesUnreadable from error
