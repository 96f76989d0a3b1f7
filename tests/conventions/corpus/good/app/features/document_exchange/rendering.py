"""Pages, messages and feeds about documents."""

import re
from collections.abc import Iterable
from html import escape
from string import Template
from xml.etree import ElementTree as Xml

import yaml
from jinja2 import Environment, select_autoescape

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"

_PAGES = Environment(autoescape=select_autoescape(default_for_string=True, default=True))
_PAGE = _PAGES.from_string("<h1>{{ title }}</h1><p>{{ note }}</p>")
_WORD = re.compile(r"[\w'-]+")


def greeting(text: str, *, name: str, title: str) -> str:
    """Return a message from the text of a customer, which names two values and no attributes."""
    return Template(text).safe_substitute(name=name, title=title)


def page(title: str, note: str) -> str:
    """Return a page, with every value escaped."""
    return _PAGE.render(title=title, note=note)


def row(cells: Iterable[str]) -> str:
    """Return a row of a table, with every value escaped."""
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def sitemap(pages: Iterable[str]) -> bytes:
    """Return the map of a site as XML."""
    root = Xml.Element(f"{{{SITEMAP}}}urlset")
    for address in pages:
        entry = Xml.SubElement(root, f"{{{SITEMAP}}}url")
        Xml.SubElement(entry, f"{{{SITEMAP}}}loc").text = address
    return Xml.tostring(root, encoding="utf-8", xml_declaration=True)


def highlight(text: str, wanted: str) -> str:
    """Return a text as HTML in which a word that the reader looks for is marked."""
    parts = re.split(f"({re.escape(wanted)})", text, flags=re.IGNORECASE)
    marked = (
        f"<mark>{escape(part)}</mark>" if position % 2 else escape(part)
        for position, part in enumerate(parts)
    )
    return "".join(marked)


def count_words(text: str) -> int:
    """Return the number of words."""
    return sum(1 for _ in _WORD.finditer(text))


def read_labels(document: str) -> list[str]:
    """Return the labels in the YAML at the head of a text."""
    head = yaml.safe_load(document)
    labels = head.get("labels", []) if isinstance(head, dict) else []
    return [label[:80] for label in labels[:20] if isinstance(label, str)]
