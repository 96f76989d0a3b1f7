"""Rendering of messages from the texts of customers."""

from collections.abc import Callable
from dataclasses import dataclass

import jinja2
from jinja2 import Environment, Template
from pydantic import SecretStr

_environment = Environment(autoescape=True)


@dataclass(frozen=True, slots=True)
class Sender:
    """The company that sends a message."""

    name: str
    mail_key: SecretStr


class MessageRenderer:
    """Renders messages of one sender."""

    def __init__(self, sender: Sender) -> None:
        """Take the sender."""
        self.sender = sender
        self.render: Callable[[str], str] = self._with_jinja

    def _with_jinja(self, text: str) -> str:
        template = _environment.from_string(text)  # breach: template-from-outside
        return template.render(sender=self.sender)

    def preview(self, subject: str, *lines: str) -> str:
        """Return a preview of a message."""
        body = "\n".join(lines)
        return (subject + "\n" + body).format(sender=self.sender)  # breach: template-from-outside

    def signature(self, text: str) -> str:
        """Return the last line of a message."""
        return str.format_map(text, {"sender": self.sender})  # breach: template-from-outside


def compile_footer(text: str) -> jinja2.Template:
    """Return the footer of a customer's messages."""
    return Template(source=f"<hr>{text}")  # breach: template-from-outside
