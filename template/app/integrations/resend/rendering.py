"""The HTML of a message: from the template of its kind, else from its text alone.

A template of your own for `kind="invitation"` is `templates/invitation.html`.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.core.email.backends import Message

TEMPLATES = Path(__file__).parent / "templates"
PLAIN = "plain"
SCHEMES = ("https://", "http://")


class EmailRenderer:
    """Writes messages as HTML; everything in a message is taken as text, whatever it looks like."""

    def __init__(self) -> None:
        """Read and compile all templates, so that writing touches no file."""
        loader = FileSystemLoader(TEMPLATES)
        pages = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, auto_reload=False
        )
        self._templates = {
            name.removesuffix(".html"): pages.get_template(name) for name in pages.list_templates()
        }

    def write(self, message: Message) -> str:
        """Return a message as HTML."""
        template = self._templates.get(message.kind, self._templates[PLAIN])
        link = message.link if (message.link or "").startswith(SCHEMES) else None
        paragraphs = [part.strip() for part in message.text.split("\n\n") if part.strip()]
        return template.render(
            subject=message.subject,
            paragraphs=[part for part in paragraphs if part != link],
            link=link,
        )
