"""Copying of fields to rows."""

from collections.abc import Mapping
from typing import Any, TypeVar

from app.core.db import Base

RowT = TypeVar("RowT", bound=Base)


def assign(row: RowT, values: Mapping[str, Any]) -> RowT:
    """Set attributes of a row and return it."""
    for name in values:
        setattr(row, name, values[name])
    return row
