"""The bank's document: `Cube` elements with a date, a currency and a rate.

A document with a DOCTYPE is refused, so neither entities nor external files can be in it.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from xml.parsers import expat

BANK = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref"
ENVELOPE = "http://www.gesmes.org/xml/2002-08-01"
_CUBE = f"{BANK} Cube"
_ROOT = f"{ENVELOPE} Envelope"


class UnreadableRates(Exception):
    """The document is not one of the bank."""


class RatesHandler:
    """Collects the rates of the newest day."""

    def __init__(self) -> None:
        self.day: date | None = None
        self.rates: dict[str, Decimal] = {}
        self._root = ""

    def open_element(self, name: str, attributes: dict[str, str]) -> None:
        """Read one element; a second day ends the document."""
        self._root = self._root or name
        if name != _CUBE:
            return
        if "time" in attributes and self.day is None:
            self.day = date.fromisoformat(attributes["time"])
        if "currency" in attributes:
            rate = Decimal(attributes["rate"])
            self.rates.setdefault(attributes["currency"], rate)

    def refuse_doctype(self, *_: object) -> None:
        """Refuse a document type: the bank sends none."""
        message = "the document has a DOCTYPE"
        raise UnreadableRates(message)

    def result(self) -> tuple[date, dict[str, Decimal]]:
        """Return the newest day and its rates.

        Raises:
            UnreadableRates: The document was not one of rates.
        """
        if self._root != _ROOT or self.day is None or not self.rates:
            message = f"the root is {self._root!r}, with {len(self.rates)} rates"
            raise UnreadableRates(message)
        return self.day, self.rates


def parse_rates(document: bytes) -> tuple[date, dict[str, Decimal]]:
    """Return the day and the rates of a document.

    Raises:
        UnreadableRates: It is not one of the bank.
    """
    handler = RatesHandler()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = handler.refuse_doctype
    parser.StartElementHandler = handler.open_element
    try:
        parser.Parse(document, True)  # noqa: FBT003 - expat takes no keywords
    except (expat.ExpatError, KeyError, ValueError, InvalidOperation) as error:
        message = "the document is malformed"
        raise UnreadableRates(message) from error
    return handler.result()
