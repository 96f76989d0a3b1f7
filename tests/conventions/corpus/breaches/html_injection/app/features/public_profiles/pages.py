"""The pages of profiles."""

from collections.abc import Iterable, Mapping
from string import Template

from jinja2 import Environment
from markupsafe import Markup

PAGE = Template("<html><head><title>$title</title></head><body>$body</body></html>")
_environment = Environment(autoescape=False)  # breach: html-injection
_BADGE = _environment.from_string("<span title='{{ owner }}'>{{ label }}</span>")


def page(title: str, paragraphs: Iterable[str]) -> str:
    """Return a page."""
    return PAGE.substitute(title=title, body="".join(f"<p>{text}</p>" for text in paragraphs))


def badge(values: Mapping[str, str]) -> str:
    """Return a badge."""
    return _BADGE.render(values)


class Card:
    """The card of a profile."""

    def __init__(self, name: str) -> None:
        """Take the name."""
        self.name = name

    def __html__(self) -> str:
        """Return the card as HTML."""
        html = f"<div class='card'>{self.name}</div>"
        return Markup(html)  # breach: html-injection
