from datetime import date
from decimal import Decimal

import pytest

from app.features.einvoice_documents.reading import UnreadableInvoice, read_total
from app.features.einvoice_documents.writing import Invoice, InvoiceLine, write_invoice

LINES = (
    InvoiceLine("Chair", Decimal(3), Decimal("33.335")),
    InvoiceLine("Table & <lamp>", Decimal(1), Decimal("0.01")),
)


def test_an_invoice_is_read_as_it_was_written() -> None:
    invoice = Invoice("2026-0042", "CHF", LINES, issued_on=date(2026, 1, 31))
    document = write_invoice(invoice)
    assert read_total(document) == ("2026-0042", Decimal("100.02"))
    assert b"Table &amp; &lt;lamp&gt;" in document


@pytest.mark.parametrize(
    "document", [b"<a/>", b"<", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>']
)
def test_other_documents_are_refused(document: bytes) -> None:
    with pytest.raises(UnreadableInvoice):
        read_total(document)
