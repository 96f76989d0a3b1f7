"""Reading the number and the total of a supplier's invoice."""

from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from app.features.einvoice_documents.names import NAMESPACES

MAX_BYTES = 2_000_000


class UnreadableInvoice(ValueError):
    """The document is no invoice that this service reads."""


class _NoDoctype(TreeBuilder):
    """Builds a tree and refuses a DOCTYPE, without which there are no entities."""

    def doctype(self, name: str, _public: str | None, _system: str | None) -> None:
        message = f"a document type is not allowed: {name[:20]}"
        raise UnreadableInvoice(message)


def read_total(document: bytes) -> tuple[str, Decimal]:
    """Return the number and the total of an invoice.

    Raises:
        UnreadableInvoice: The document is too long, is malformed, or lacks one of them.
    """
    if len(document) > MAX_BYTES:
        message = "the document is too long"
        raise UnreadableInvoice(message)
    parser = XMLParser(target=_NoDoctype())  # noqa: S314 - the builder refuses entities
    try:
        parser.feed(document)
        root: Element = parser.close()
        number = root.findtext("cbc:ID", namespaces=dict(NAMESPACES))
        total = root.findtext("cbc:PayableAmount", namespaces=dict(NAMESPACES))
        if not number or not total:
            message = "the number or the total is missing"
            raise UnreadableInvoice(message)
        return number, Decimal(total)
    except (ParseError, InvalidOperation) as error:
        message = "the document is malformed"
        raise UnreadableInvoice(message) from error
