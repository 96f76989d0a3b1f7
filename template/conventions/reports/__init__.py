"""How a review is written down."""

from collections.abc import Callable

from conventions.reports import github, json, markdown, sarif, text
from conventions.running import Review

REPORTS: dict[str, Callable[[Review], str]] = {
    "github": github.write,
    "json": json.write,
    "markdown": markdown.write,
    "sarif": sarif.write,
    "text": text.write,
}
