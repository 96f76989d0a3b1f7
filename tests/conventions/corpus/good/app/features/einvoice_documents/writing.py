"""Writing an invoice as UBL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from app.features.einvoice_documents.names import CUSTOMIZATION, INVOICE, NAMESPACES, cbc

CENT = Decimal("0.01")

for _prefix, _name in NAMESPACES.items():
    register_namespace(_prefix, _name)


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line of an invoice."""

    text: str
    quantity: Decimal
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """The amount of the line, rounded to cents."""
        return (self.quantity * self.unit_price).quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice to write."""

    number: str
    currency: str
    lines: Sequence[InvoiceLine] = ()
    issued_on: date = field(default_factory=_today)

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), start=Decimal(0))


def write_invoice(invoice: Invoice) -> bytes:
    """Return the document of an invoice."""
    root = Element(f"{{{INVOICE}}}Invoice")
    SubElement(root, cbc("CustomizationID")).text = CUSTOMIZATION
    SubElement(root, cbc("ID")).text = invoice.number
    SubElement(root, cbc("IssueDate")).text = invoice.issued_on.isoformat()
    SubElement(root, cbc("DocumentCurrencyCode")).text = invoice.currency
    for number, line in enumerate(invoice.lines, start=1):
        element = SubElement(root, f"{{{INVOICE}}}InvoiceLine")
        SubElement(element, cbc("ID")).text = str(number)
        SubElement(element, cbc("Note")).text = line.text
        amount = SubElement(element, cbc("LineExtensionAmount"), currencyID=invoice.currency)
        amount.text = f"{line.amount:f}"
    total = SubElement(root, cbc("PayableAmount"), currencyID=invoice.currency)
    total.text = f"{invoice.total:f}"
    return tostring(root, encoding="utf-8", xml_declaration=True)
