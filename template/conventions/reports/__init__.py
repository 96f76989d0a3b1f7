"""How a review is written down."""

from collections.abc import Callable

from conventions.reports import json, text
from conventions.running import Review

REPORTS: dict[str, Callable[[Review], str]] = {
    "json": json.write,
    "text": text.write,
}
