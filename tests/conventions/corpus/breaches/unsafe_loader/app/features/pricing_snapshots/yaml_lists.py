"""Price lists in YAML."""

from typing import Any

import yaml
from yaml import UnsafeLoader as Loader
from yaml import load as parse


def read_prices(document: str) -> dict[str, Any]:
    """Return the prices of a document."""
    return parse(document, Loader)  # breach: unsafe-loader


def read_all_prices(document: bytes) -> list[dict[str, Any]]:
    """Return the prices of every document in a file."""
    loader = yaml.FullLoader if b"!!" not in document else yaml.Loader
    return list(yaml.load_all(document, Loader=loader))  # breach: unsafe-loader
