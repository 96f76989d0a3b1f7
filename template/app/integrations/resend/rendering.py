"""The HTML of a message, from the template it names or from its text alone.

Your own template for `EmailMessage(template="invitation", ...)` is `templates/invitation.html`.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.core.email import EmailMessage

TEMPLATES = Path(__file__).parent / "templates"
PLAIN = "plain"
SCHEMES = ("https://", "http://")


class EmailRenderer:
    """Renders messages as HTML; everything in a message is escaped."""

    def __init__(self) -> None:
        """Compile all templates, so that rendering reads no file."""
        loader = FileSystemLoader(TEMPLATES)
        pages = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, auto_reload=False
        )
        self._templates = {
            name.removesuffix(".html"): pages.get_template(name) for name in pages.list_templates()
        }

    def render(self, message: EmailMessage) -> str:
        """Return a message as HTML."""
        template = self._templates.get(message.template, self._templates[PLAIN])
        link = message.link if (message.link or "").startswith(SCHEMES) else None
        paragraphs = [part.strip() for part in message.text.split("\n\n") if part.strip()]
        return template.render(
            subject=message.subject,
            paragraphs=[part for part in paragraphs if part != link],
            link=link,
        )
