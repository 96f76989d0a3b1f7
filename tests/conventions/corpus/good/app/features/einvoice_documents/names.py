"""The namespaces of UBL. They are names, not addresses: nothing is loaded from them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

INVOICE: Final = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
COMMON: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
SCHEMA_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"

NAMESPACES: Final[Mapping[str, str]] = MappingProxyType(
    {"": INVOICE, "cbc": COMMON, "ds": SIGNATURE, "xsi": SCHEMA_INSTANCE}
)

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
"""The profile that every invoice names."""


def cbc(name: str) -> str:
    """Return the qualified name of a basic component."""
    return f"{{{COMMON}}}{name}"
