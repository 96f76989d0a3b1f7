"""The text and the page of a digest. Jinja escapes the texts of readers and authors."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from string import Template as TextTemplate

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

SUBJECT = TextTemplate("$number new articles for you")

_PAGE = """
<h1>{{ subject }}</h1>
{% for article in articles %}
<article><h2>{{ article.title }}</h2><p>{{ mark(article.teaser, terms) }}</p></article>
{% endfor %}
"""


@dataclass(frozen=True, slots=True)
class Article:
    """An article as a digest shows it."""

    title: str
    teaser: str


def mark(text: str, terms: Sequence[str]) -> Markup:
    """Return a text, escaped, in which the terms are marked.

    The terms are a reader's, so each is matched as it is written: none is a pattern.
    """
    if not terms:
        return escape(text)
    # Longer terms come first, since the first alternative that fits wins: with "key" before
    # "key rotation", the longer one would never be marked as a whole. The text is split before it
    # is escaped, so that a term such as "amp" cannot match within "&amp;".
    longest_first = sorted(terms, key=len, reverse=True)
    pattern = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")", re.IGNORECASE)
    parts = pattern.split(text)
    marked = (
        Markup("<mark>{}</mark>").format(part) if position % 2 else escape(part)
        for position, part in enumerate(parts)
    )
    return Markup("").join(marked)


@cache
def _page() -> Template:
    """Return the template, compiled once; it is a constant."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(_PAGE)


def render_page(subject: str, articles: Iterable[Article], terms: Sequence[str]) -> str:
    """Return the digest as HTML."""
    values = {"subject": subject, "articles": list(articles), "terms": list(terms)}
    return _page().render(values, mark=mark)


def render_text(articles: Iterable[Article]) -> str:
    """Return the digest as plain text."""
    # TODO(ada, NEWS-218): wrap at 72 characters once the mail gateway keeps the line breaks.
    return "\n\n".join(f"{article.title}\n{article.teaser}" for article in articles)
