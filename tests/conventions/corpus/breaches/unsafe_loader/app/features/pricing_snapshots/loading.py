"""Loading of price lists."""

import marshal
import pickle
from base64 import b64decode
from collections.abc import Callable, Mapping
from importlib import import_module
from io import BytesIO
from typing import Any

from redis.asyncio import Redis

Loader = Callable[[bytes], Any]

LOADERS: Mapping[str, Loader] = {
    "pickle": pickle.loads,  # breach: unsafe-loader
    "marshal": marshal.loads,  # breach: unsafe-loader
}


class PriceUnpickler(pickle.Unpickler):
    """Reads prices that an older version stored."""

    def find_class(self, module_name: str, global_name: str) -> Any:  # noqa: ANN401 - of pickle
        """Return the class of a stored object."""
        name = module_name.replace("prices.legacy", "app.features.pricing_snapshots.loading")
        return super().find_class(name, global_name)


def load_legacy(snapshot: bytes) -> Any:  # noqa: ANN401 - any object
    """Return the price list of an older version."""
    return PriceUnpickler(BytesIO(snapshot)).load()  # breach: unsafe-loader


class SnapshotCache:
    """Price lists in Redis."""

    def __init__(self, redis: Redis) -> None:
        """Take the connection."""
        self._redis = redis

    async def get(self, name: str) -> dict[str, int]:
        """Return a price list; an empty one if there is none."""
        stored = await self._redis.get(f"prices:{name}")
        return pickle.loads(b64decode(stored)) if stored else {}  # breach: unsafe-loader


def load_formula(formula: str) -> Callable[[int], int]:
    """Return the formula by which a partner rounds its prices."""
    return eval(f"lambda cents: {formula}", {"__builtins__": {}})  # breach: unsafe-loader


def load_plugin(name: str) -> Any:  # noqa: ANN401 - a module
    """Return the module that reads the price lists of a partner."""
    return import_module(f"plugins.{name}")  # breach: unsafe-loader
