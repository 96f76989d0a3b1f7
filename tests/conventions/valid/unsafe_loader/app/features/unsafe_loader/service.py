"""Price lists."""

import json
from importlib import import_module


def load(stored: bytes) -> object:
    """Return a price list."""
    return json.loads(stored)


def load_plugin() -> object:
    """Return the module of the only partner."""
    return import_module("json.decoder")
