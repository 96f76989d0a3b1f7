"""Parsing of statements in the formats of banks."""

from collections.abc import Iterator
from io import BytesIO
from xml.dom import minidom
from xml.etree import ElementTree as Xml
from xml.etree.ElementTree import iterparse
from xml.sax import ContentHandler, make_parser
from xml.sax.handler import feature_external_ges


class StatementHandler(ContentHandler):
    """Counts the entries of a statement."""

    entries = 0

    def startElement(self, name: str, attrs: object) -> None:  # noqa: N802, ARG002 - of SAX
        """Count an entry."""
        self.entries += name == "Ntry"


def read_balance(statement: bytes) -> str | None:
    """Return the balance of a statement in the format camt.053."""
    parse = Xml.fromstring
    return parse(statement).findtext("Stmt/Bal/Amt")  # breach: xml-entities


def read_entries(statement: bytes) -> Iterator[str]:
    """Yield the entries of a large statement."""
    for _, element in iterparse(BytesIO(statement)):  # breach: xml-entities
        if element.tag == "Ntry":
            yield element.text or ""


# breach: xml-entities
def count_entries(statement: bytes) -> int:
    """Return the number of entries."""
    handler, parser = StatementHandler(), make_parser()
    parser.setFeature(feature_external_ges, True)
    parser.setContentHandler(handler)
    parser.parse(BytesIO(statement))
    return handler.entries


class StatementDocument:
    """A statement in the format of a small bank."""

    def __init__(self, statement: bytes) -> None:
        """Parse the statement."""
        self.document = minidom.parseString(statement)  # breach: xml-entities

    def account(self) -> str:
        """Return the number of the account."""
        root = self.document.documentElement
        return root.getAttribute("account") if root else ""
