"""The pages of profiles."""

from collections.abc import Iterable
from string import Template

PAGE = Template("<html><head><title>$title</title></head><body>$body</body></html>")
BADGE = "<span title='{{ owner }}'>{{ label }}</span>"


def page(title: str, paragraphs: Iterable[str]) -> str:
    """Return a page."""
    return PAGE.substitute(title=title, body="".join(f"<p>{text}</p>" for text in paragraphs))


class Card:
    """The card of a profile."""

    def __init__(self, name: str) -> None:
        """Take the name."""
        self.name = name

    def __str__(self) -> str:
        """Return the card."""
        return f"<div class='card'>{self.name}</div>"
